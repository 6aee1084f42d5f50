import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { ok } from '@trackyard/core/result.ts'
import { configStoreContract } from './contract.ts'
import { openSqliteConfigStore } from './sqlite.ts'

const directory = mkdtempSync(join(tmpdir(), 'config-store-'))
after(() => rmSync(directory, { recursive: true, force: true }))
let files = 0
const nextFile = () => join(directory, String(files++), 'config.sqlite')

configStoreContract('SQLite in memory', () => openSqliteConfigStore(':memory:'))
configStoreContract('SQLite file', () => openSqliteConfigStore(nextFile()))

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
