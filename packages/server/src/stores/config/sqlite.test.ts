import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import { parseNewFields } from '@trackyard/core/entities/parse.ts'
import { ok } from '@trackyard/core/result.ts'
import { configStoreContract } from './contract.ts'
import { configListsContract } from './contract-lists.ts'
import type { ConfigStore } from './port.ts'
import { openSqliteConfigStore } from './sqlite.ts'

const directory = mkdtempSync(join(tmpdir(), 'config-store-'))
after(() => rmSync(directory, { recursive: true, force: true }))
let files = 0
const nextFile = () => join(directory, String(files++), 'config.sqlite')

configStoreContract('SQLite in memory', () => openSqliteConfigStore(':memory:'))
configStoreContract('SQLite file', () => openSqliteConfigStore(nextFile()))
configListsContract('SQLite in memory', () => openSqliteConfigStore(':memory:'))
configListsContract('SQLite file', () => openSqliteConfigStore(nextFile()))

describe('SQLite file', () => {
  it('is still there after it was closed, and upgrading twice is harmless', async () => {
    const file = nextFile()
    const first = await openSqliteConfigStore(file)
    await first.change({ actor: 'tester', atMs: 1 }, async (writer) => ok(await writer.setMeta('key', 'value')))
    const version = await first.version()
    await first.close()
    const second = await openSqliteConfigStore(file)
    assert.equal(await second.getMeta('key'), 'value')
    assert.equal(await second.version(), version)
    await second.close()
  })

  it('brings users and keys of the first version along: they are those of administrators', async () => {
    const file = nextFile()
    await (await openSqliteConfigStore(file)).close()
    const old = new DatabaseSync(file)
    // Back to what the first version made.
    old.exec(`DROP INDEX api_keys_user; DROP TABLE sessions; DROP TABLE creators;
      DELETE FROM kysely_migration WHERE name >= '0003'`)
    for (const table of [
      'bots',
      'blacklist',
      'filters',
      'postbacks',
      'integrations',
      'labels',
      'rate_days',
      'rate_overrides',
      'conversion_types',
      'favourites',
    ])
      old.exec(`DROP TABLE IF EXISTS ${table}`)
    const added = {
      users: ['type', 'state', 'access', 'preferences', 'totp_secret', 'totp_pending', 'totp_last_step'],
      api_keys: ['user_id', 'prefix', 'dialect', 'read_only', 'ip_allow_list', 'expires_at_ms'],
      audit: ['user_id', 'login', 'key_id', 'ip', 'via'],
    }
    for (const [table, columns] of Object.entries(added))
      for (const column of columns) old.exec(`ALTER TABLE ${table} DROP COLUMN ${column}`)
    old.exec(`INSERT INTO api_keys (name, hash, created_at_ms, last_used_at_ms) VALUES ('n8n', 'abc', 1, 2);
      INSERT INTO audit (at_ms, actor, action, kind, entity_id, before, after)
        VALUES (1, 'setup', 'create', 'offers', 1, 'null', '{}')`)
    old.close()
    const store = await openSqliteConfigStore(file)
    const admin = await store.findUser('admin')
    assert.partialDeepStrictEqual(admin, { type: 'ADMIN', state: 'active', passwordHash: '' })
    const key = await store.findApiKey('abc')
    assert.partialDeepStrictEqual(key, { userId: admin?.id, name: 'n8n', readOnly: false, lastUsedAtMs: 2 })
    assert.equal((await store.listAudit({ limit: 5 })).length, 1)
    await store.close()
  })

  it('numbers the own statuses of earlier versions that had no metrics', async () => {
    const file = nextFile()
    const first = await openSqliteConfigStore(file)
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'e']
    for (const [index, name] of names.entries())
      await first.change({ actor: 'tester', atMs: 1 }, async (writer) => {
        const fields = parseNewFields('conversion_types', { name })
        if (!fields.ok) return fields
        // Two of one name there are where the first was deleted.
        const state = names.lastIndexOf(name) > index ? 'deleted' : 'active'
        const number = index < 4 ? 7 + index : 0
        return ok(await writer.insert('conversion_types', { ...fields.value, number, state }))
      })
    await first.close()
    const old = new DatabaseSync(file)
    old.exec(`DELETE FROM kysely_migration WHERE name >= '0009'`)
    old.close()
    for (let opened = 0; opened < 2; opened++) {
      const store = await openSqliteConfigStore(file)
      const types = await store.list('conversion_types', { includeDeleted: true })
      const told = types.map(({ name, number, state }) => `${name} ${number} ${state}`)
      assert.deepEqual(told.slice(0, 4), ['a 7 active', 'b 8 active', 'c 9 active', 'd 10 active'])
      assert.deepEqual(told.slice(4), ['e 11 deleted', 'f 12 active', 'e 11 active'])
      await store.close()
    }
  })

  it('lists what another process changed, and what one changed oneself after that', async () => {
    const file = nextFile()
    const backend = await openSqliteConfigStore(file)
    const cli = await openSqliteConfigStore(file)
    const names = async () => (await backend.list('offers')).map(({ name }) => name)
    const write = (store: ConfigStore, name: string, id?: number) =>
      store.change({ actor: 'tester', atMs: 1 }, async (writer) => {
        const fields = parseNewFields('offers', { name })
        if (!fields.ok) return fields
        return ok(id ? await writer.update('offers', id, fields.value) : await writer.insert('offers', fields.value))
      })
    await write(backend, 'one')
    assert.deepEqual(await names(), ['one'])
    await write(cli, 'two')
    await write(backend, 'three')
    assert.deepEqual(await names(), ['one', 'two', 'three'])
    await write(cli, 'ONE', 1)
    assert.deepEqual(await names(), ['ONE', 'two', 'three'])
    await backend.close()
    await cli.close()
  })

  it('is shared by two processes: each sees what the other committed', async () => {
    const file = nextFile()
    const backend = await openSqliteConfigStore(file)
    const cli = await openSqliteConfigStore(file)
    for (const [i, store] of [backend, cli, backend].entries()) {
      await store.change({ actor: 'tester', atMs: i }, async (writer) => {
        await writer.version()
        return ok(await writer.setMeta(`key${i}`, 'value'))
      })
    }
    assert.equal(await cli.getMeta('key2'), 'value')
    assert.equal(await backend.version(), 3)
    await backend.close()
    await cli.close()
  })
})
