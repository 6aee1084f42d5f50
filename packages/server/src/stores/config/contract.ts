import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { by, campaignFields, changed, fieldsOf, openedBy } from './contract-tools.ts'
import type { ConfigStore, ConfigWriter } from './port.ts'

/** What every config store promises. `open` answers an empty store. */
export function configStoreContract(name: string, open: () => Promise<ConfigStore>): void {
  const opened = openedBy(open)
  describe(`ConfigStore: ${name}`, () => {
    it('gives back what was put in, with id and times', () =>
      opened(async (store) => {
        const fields = campaignFields({
          alias: 'spring',
          cost_value: '0.25',
          parameters: { sub_id_1: { name: 'zone' } },
        })
        const made = await changed(store, (writer) => writer.insert('campaigns', fields))
        assert.equal(made.id, 1)
        assert.equal(made.cost_value, 250_000)
        assert.equal(made.created_at_ms, by.atMs)
        assert.deepEqual(await store.get('campaigns', made.id), made)
        assert.deepEqual(await store.list('campaigns'), [made])
        assert.equal(await store.get('campaigns', 99), null)
        assert.equal(await store.get('offers', made.id), null)
      }))

    it('keeps the time of creation when an entity changes', () =>
      opened(async (store) => {
        const fields = campaignFields({ alias: 'spring' })
        const made = await changed(store, (writer) => writer.insert('campaigns', fields))
        const later = { actor: 'tester', atMs: by.atMs + 5000 }
        const result = await store.change(later, async (writer) =>
          ok(await writer.update('campaigns', made.id, { ...fields, name: 'New' })),
        )
        assert.ok(result.ok)
        assert.equal(result.value.name, 'New')
        assert.equal(result.value.created_at_ms, by.atMs)
        assert.equal(result.value.updated_at_ms, later.atMs)
      }))

    it('lists by state, parent, limit and offset in order of id', () =>
      opened(async (store) => {
        await changed(store, async (writer) => {
          for (const alias of ['a', 'b', 'c']) await writer.insert('campaigns', campaignFields({ alias }))
          await writer.insert('campaigns', campaignFields({ alias: 'd', state: 'deleted' }))
          for (const campaign_id of [1, 2, 1]) await writer.insert('streams', fieldsOf('streams', { campaign_id }))
        })
        const ids = async (...args: Parameters<ConfigStore['list']>) =>
          (await store.list(...args)).map((entity) => entity.id)
        assert.deepEqual(await ids('campaigns'), [1, 2, 3])
        assert.deepEqual(await ids('campaigns', { includeDeleted: true }), [1, 2, 3, 4])
        assert.deepEqual(await ids('campaigns', { onlyDeleted: true }), [4])
        assert.deepEqual(await ids('campaigns', { limit: 1, offset: 1 }), [2])
        assert.deepEqual(await ids('campaigns', { offset: 2 }), [3])
        assert.deepEqual(await ids('streams', { parentId: 1 }), [1, 3])
        assert.deepEqual(
          (await store.getMany('campaigns', [4, 2, 2, 77])).map((entity) => entity.id),
          [2, 4],
        )
        assert.deepEqual(await store.getMany('campaigns', []), [])
      }))

    it('finds by the unique field, and archiving gives the value free', () =>
      opened(async (store) => {
        const fields = campaignFields({ alias: 'spring' })
        await changed(store, (writer) => writer.insert('campaigns', fields))
        assert.equal((await store.findUnique('campaigns', 'spring'))?.id, 1)
        assert.equal(await store.findUnique('campaigns', 'Spring'), null)
        await assert.rejects(
          changed(store, (writer) => writer.insert('campaigns', fields)),
          'a second one must not get in',
        )
        await changed(store, (writer) => writer.update('campaigns', 1, { ...fields, state: 'deleted' }))
        assert.equal(await store.findUnique('campaigns', 'spring'), null)
        assert.equal((await changed(store, (writer) => writer.insert('campaigns', fields))).alias, 'spring')
      }))

    it('takes very many at once, reads them in pages, and tells the log once', () =>
      opened(async (store) => {
        const values = Array.from({ length: 1203 }, (_, i) => `ua:${i}`)
        const version = await store.version()
        await changed(store, (writer) =>
          writer.insertMany(
            'bots',
            values.map((value) => fieldsOf('bots', { value })),
          ),
        )
        assert.deepEqual(
          [await store.count('bots'), await store.version('bots'), await store.version('offers')],
          [1203, 1, 0],
        )
        assert.equal(await store.version(), version + 1)
        const first = await store.listUnique('bots', 0, 1000)
        const rest = await store.listUnique('bots', first.at(-1)?.id ?? 0, 1000)
        assert.deepEqual(
          [...first, ...rest].map(({ value }) => value),
          values,
        )
        assert.deepEqual((await store.findUniques('bots', ['ua:7', 'ua:none', ...values.slice(600)])).length, 604)
        const ids = first.map(({ id }) => id)
        await changed(store, (writer) => writer.removeMany('bots', [...ids, 9999]))
        assert.equal(await store.count('bots'), 203)
        const [removed, added] = await store.listAudit({ limit: 9 })
        assert.partialDeepStrictEqual(removed, { action: 'delete', kind: 'bots', entityId: 0, before: { count: 1001 } })
        assert.partialDeepStrictEqual(added, { action: 'create', after: { count: 1203 } })
        await changed(store, async (writer) => {
          await writer.insertMany('bots', [])
          await writer.removeMany('bots', [])
        })
        assert.equal(await store.version('bots'), 2, 'nothing is no change')
      }))

    it('undoes everything when the work answers problems or throws', () =>
      opened(async (store) => {
        const before = await store.version()
        const insert = (writer: ConfigWriter) => writer.insert('campaigns', campaignFields({ alias: 'gone' }))
        const refused = await store.change(by, async (writer): Promise<Result<never>> => {
          await insert(writer)
          assert.equal((await writer.list('campaigns')).length, 1, 'the writer sees its own work')
          return fail(problem('validation', 'no'))
        })
        assert.equal(refused.ok, false)
        const thrown = store.change(by, async (writer) => {
          await insert(writer)
          throw new Error('a bug')
        })
        await assert.rejects(thrown, /a bug/)
        assert.deepEqual(await store.list('campaigns'), [])
        assert.deepEqual(await store.listAudit({ limit: 10 }), [])
        assert.equal(await store.version(), before)
      }))

    it('shows a change what it wrote itself, however often it asked before', () =>
      opened(async (store) => {
        await changed(store, async (writer) => {
          const streams = () => writer.list('streams', { parentId: 1 })
          const campaign = () => writer.get('campaigns', 1)
          const meta = () => writer.getMeta('colour')
          assert.deepEqual([await campaign(), await streams(), await meta()], [null, [], null])
          const made = await writer.insert('campaigns', campaignFields({ alias: 'a' }))
          const stream = await writer.insert('streams', fieldsOf('streams', { campaign_id: 1 }))
          await writer.setMeta('colour', 'red')
          assert.deepEqual([await campaign(), await streams(), await meta()], [made, [stream], 'red'])
          const renamed = await writer.update('campaigns', 1, campaignFields({ alias: 'b' }))
          await writer.remove('streams', stream.id)
          await writer.deleteMeta('colour')
          assert.deepEqual([await campaign(), await streams(), await meta()], [renamed, [], null])
        })
      }))

    it('raises the version once per change that wrote something', () =>
      opened(async (store) => {
        const versions = [await store.version()]
        await changed(store, async (writer) => {
          await writer.insert('offers', fieldsOf('offers', { name: 'A' }))
          await writer.insert('offers', fieldsOf('offers', { name: 'B' }))
        })
        versions.push(await store.version())
        await changed(store, async (writer) => writer.get('offers', 1))
        versions.push(await store.version())
        await changed(store, (writer) => writer.setMeta('base', 'USD'))
        versions.push(await store.version())
        const [start = 0] = versions
        assert.deepEqual(versions, [start, start + 1, start + 1, start + 2])
      }))

    it('writes down who changed what', () =>
      opened(async (store) => {
        const fields = fieldsOf('affiliate_networks', { name: 'Acme' })
        await changed(store, (writer) => writer.insert('affiliate_networks', fields))
        await changed(store, (writer) => writer.update('affiliate_networks', 1, { ...fields, name: 'Acme Leads' }))
        const [update, create] = await store.listAudit({ limit: 10 })
        assert.equal(create?.action, 'create')
        assert.equal(create?.before, null)
        assert.deepEqual(
          [update?.actor, update?.atMs, update?.kind, update?.entityId],
          ['tester', by.atMs, 'affiliate_networks', 1],
        )
        assert.partialDeepStrictEqual(update, { before: { name: 'Acme' }, after: { name: 'Acme Leads' } })
      }))

    it('removes for good, never reuses the id, and keeps the history of an entity', () =>
      opened(async (store) => {
        const fields = fieldsOf('groups', { name: 'Old', type: 'offers' })
        await changed(store, async (writer) => {
          await writer.insert('groups', fields)
          await writer.insert('groups', fields)
          await writer.update('groups', 2, { ...fields, name: 'New' })
          await writer.remove('groups', 2)
        })
        assert.equal(await store.get('groups', 2), null)
        assert.equal((await changed(store, (writer) => writer.insert('groups', fields))).id, 3)
        const history = await store.listAudit({ kind: 'groups', entityId: 2, limit: 10 })
        assert.deepEqual(
          history.map((row) => row.action),
          ['delete', 'update', 'create'],
        )
        assert.equal(history[0]?.after, null)
        assert.equal((await store.listAudit({ kind: 'groups', entityId: 2, limit: 1 })).length, 1)
        await assert.rejects(
          changed(store, (writer) => writer.remove('groups', 2)),
          /no row 2/,
        )
      }))

    it('hands out every nested id once', () =>
      opened(async (store) => {
        const numbers = await changed(store, async (writer) => [
          await writer.nextId('stream_filters'),
          await writer.nextId('stream_filters', 3),
          await writer.nextId('stream_filters'),
          await writer.nextId('stream_offers'),
        ])
        assert.deepEqual(numbers, [1, 2, 5, 1])
      }))

    it('keeps meta values, keys and users', () =>
      opened(async (store) => {
        assert.equal(await store.getMeta('postback_key'), null)
        await changed(store, async (writer) => {
          await writer.setMeta('postback_key', 'one')
          await writer.setMeta('postback_key', 'two')
          await writer.setMeta('gone', 'x')
          await writer.deleteMeta('gone')
          const { id } = await writer.saveUser('admin', 'hash-1')
          await writer.insertApiKey({ ...key, userId: id })
          await writer.saveUser('admin', 'hash-2')
        })
        assert.equal(await store.getMeta('postback_key'), 'two')
        assert.equal(await store.getMeta('gone'), null)
        assert.equal((await store.findUser('admin'))?.passwordHash, 'hash-2')
        assert.equal(await store.findUser('root'), null)
        await store.touchApiKey(1, 42)
        const stored = { ...key, id: 1, userId: 1, createdAtMs: by.atMs, lastUsedAtMs: 42 }
        assert.deepEqual(await store.findApiKey('abc'), stored)
        assert.deepEqual(await store.listApiKeys(1), [stored])
        assert.deepEqual(await store.listApiKeys(2), [])
        assert.equal(await store.findApiKey('abd'), null)
      }))

    it('keeps exchange rates as they were learned, all or none of a change, with a version of their own', () =>
      opened(async (store) => {
        assert.deepEqual([await store.listRateDays(), await store.listOverrides()], [[], []])
        const days = Array.from({ length: 250 }, (_, i) => ({ day: `day ${i}`, perEuro: { USD: 1.1, JPY: i + 0.25 } }))
        const start = await store.ratesVersion()
        await changed(store, (writer) => writer.addRateDays(days, 7))
        assert.deepEqual(
          await store.listRateDays(),
          days.map((one) => ({ ...one, knownFromMs: 7 })),
        )
        const override = { currency: 'UAH', quote: 'USD', rate: 0.0241, fromDay: '2026-02-03', toDay: null }
        const set = { ...override, knownFromMs: 8, knownUntilMs: null }
        const stored = await changed(store, (writer) => writer.addOverride(set))
        assert.deepEqual(await store.listOverrides(), [stored])
        assert.deepEqual(stored, { id: stored.id, ...set })
        assert.equal((await changed(store, (writer) => writer.endOverride(stored.id, 9))).knownUntilMs, 9)
        assert.deepEqual(await store.listOverrides(), [{ ...stored, knownUntilMs: 9 }])
        const version = await store.ratesVersion()
        assert.equal(version, start + 3)
        await store.change(by, async (writer) => {
          await writer.addOverride(set)
          return fail(problem('validation', 'no', 'rate'))
        })
        await assert.rejects(
          changed(store, (writer) => writer.endOverride(99, 9)),
          /no rate override 99/,
        )
        assert.deepEqual([(await store.listOverrides()).length, await store.ratesVersion()], [1, version])
      }))

    it('lists meta values by the beginning of their keys', () =>
      opened(async (store) => {
        await changed(store, async (writer) => {
          for (const key of ['setting:b', 'setting:a', 'setting', 'settings', 'setu']) await writer.setMeta(key, key)
        })
        assert.deepEqual([...(await store.listMeta('setting:')).keys()], ['setting:a', 'setting:b'])
        assert.deepEqual([...(await store.listMeta('none:'))], [])
      }))

    it('notes by itself without audit row, new version or time of change', () =>
      opened(async (store) => {
        const fields = fieldsOf('domains', { name: 'go.example' })
        const made = await changed(store, (writer) => writer.insert('domains', fields))
        assert.deepEqual(await store.list('domains'), [made])
        const [version, rows] = [await store.version(), (await store.listAudit({ limit: 9 })).length]
        const noted = await store.change({ ...by, atMs: by.atMs + 1 }, async (writer) =>
          ok(await writer.update('domains', made.id, { ...fields, check_retries: 3 }, { quietly: true })),
        )
        assert.ok(noted.ok)
        assert.deepEqual(await store.get('domains', made.id), { ...made, check_retries: 3 })
        assert.deepEqual(await store.list('domains'), [{ ...made, check_retries: 3 }])
        assert.deepEqual([await store.version(), (await store.listAudit({ limit: 9 })).length], [version, rows])
      }))

    it('keeps labels by campaign and parameter', () =>
      opened(async (store) => {
        await changed(store, async (writer) => {
          await writer.setLabels(
            1,
            'source',
            new Map([
              ['b', 'blacklist'],
              ['a', 'whitelist'],
            ]),
          )
          await writer.setLabels(1, 'ip', new Map([['b', 'whitelist']]))
          await writer.setLabels(2, 'source', new Map([['b', 'whitelist']]))
          await writer.setLabels(
            1,
            'source',
            new Map([
              ['b', null],
              ['c', 'blacklist'],
              ['gone', null],
            ]),
          )
        })
        const of = async (query: object) => [
          ...(await store.listLabels({ campaignId: 1, refName: 'source', ...query })),
        ]
        assert.deepEqual(await of({}), [
          ['a', 'whitelist'],
          ['c', 'blacklist'],
        ])
        assert.deepEqual(await of({ label: 'blacklist' }), [['c', 'blacklist']])
        assert.deepEqual(await of({ refName: 'ip' }), [['b', 'whitelist']])
        assert.deepEqual(await of({ campaignId: 2 }), [['b', 'whitelist']])
        const all = await store.listLabelled(['source', 'sub_id_1'])
        assert.deepEqual(
          all.map(({ campaignId, refName, value, label }) => [campaignId, refName, value, label]).sort(),
          [
            [1, 'source', 'a', 'whitelist'],
            [1, 'source', 'c', 'blacklist'],
            [2, 'source', 'b', 'whitelist'],
          ],
        )
        assert.deepEqual(await store.listLabelled([]), [])
        assert.equal((await store.listAudit({ limit: 9, kind: 'labels', entityId: 1 })).length, 3)
      }))

    it('keeps preferences apart from changes, and cleans the audit log', () =>
      opened(async (store) => {
        const { id } = await changed(store, (writer) => writer.saveUser('kim', 'hash'))
        const version = await store.version()
        await store.savePreferences(id, { columns: ['ip'] })
        assert.deepEqual((await store.getUser(id))?.preferences, { columns: ['ip'] })
        assert.equal(await store.version(), version)
        assert.equal((await store.listAudit({ limit: 9 })).length, 1)
        assert.equal(await store.removeAudit(by.atMs), 0)
        assert.equal(await store.removeAudit(by.atMs + 1), 1)
      }))

    it('remembers who created what, and deletes a user with keys and sessions', () =>
      opened(async (store) => {
        const user = await changed(store, (writer) => writer.saveUser('kim', 'hash'))
        await changed(store, (writer) => writer.insert('offers', fieldsOf('offers', { name: 'Nobody made it' })))
        const made = await store.change({ ...by, userId: user.id, login: 'kim', ip: '192.0.2.1' }, async (writer) => {
          await writer.insertApiKey({ ...key, userId: user.id })
          return ok(await writer.insert('offers', fieldsOf('offers', { name: 'Kim made it' })))
        })
        assert.ok(made.ok)
        assert.deepEqual([...(await store.listCreatedBy('offers', user.id))], [made.value.id])
        assert.deepEqual([...(await store.listCreatedBy('campaigns', user.id))], [])
        const [row] = await store.listAudit({ limit: 5, userId: user.id, kind: 'offers' })
        assert.partialDeepStrictEqual(row, { login: 'kim', ip: '192.0.2.1', action: 'create' })
        const session = { hash: 's', userId: user.id, createdAtMs: 1, expiresAtMs: 9, lastSeenAtMs: 1, ip: '' }
        await store.insertSession(session)
        await store.touchSession('s', 2, 10)
        assert.deepEqual(await store.findSession('s'), { ...session, lastSeenAtMs: 2, expiresAtMs: 10 })
        await store.removeEndedSessions(9)
        assert.ok(await store.findSession('s'))
        await changed(store, (writer) => writer.removeUser(user.id))
        assert.deepEqual(
          [await store.getUser(user.id), await store.findApiKey('abc'), await store.findSession('s')],
          [null, null, null],
        )
      }))

    it('runs changes that come at once one after another', () =>
      opened(async (store) => {
        const insert = (alias: string) =>
          changed(store, (writer) => writer.insert('campaigns', campaignFields({ alias })))
        await Promise.all(Array.from({ length: 20 }, (_, i) => insert(`c${i}`)))
        assert.equal((await store.list('campaigns')).length, 20)
      }))
  })
}

const key = {
  name: 'n8n',
  hash: 'abc',
  prefix: 'ab',
  dialect: '2017',
  readOnly: true,
  ipAllowList: ['10.0.0.0/8'],
  expiresAtMs: 7,
} as const
