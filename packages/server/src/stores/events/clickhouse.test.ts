import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sweep } from '@trackyard/core/costs/sweep.ts'
import { type SpawnedStore, spawnStore } from '../../store/spawn-store.ts'
import { openClickHouseEvents } from './clickhouse.ts'
import { eventStoreSuite, makeSubId } from './contract.ts'
import { toLine } from './line.ts'
import { RefusedRows, TooMuchAtOnce } from './port.ts'

let stop: () => Promise<unknown> = async () => {}
const running: Promise<SpawnedStore> = spawnStore().then((store) => {
  stop = () => store.stop()
  return store
})
const open = async (database: string) => {
  const { socketPath, password } = await running
  return openClickHouseEvents({ url: 'http://localhost', socketPath, password, database })
}
after(() => stop())

eventStoreSuite(
  'ClickHouse (embedded)',
  () => open('contract'),
  async (store, ...ids) => {
    // Not FINAL: what was replaced is to be gone from the disk as well.
    const sql = 'SELECT sub_id, ip, params FROM postback_log WHERE sub_id IN {ids:Array(String)} ORDER BY seq'
    const { rows } = await store.query({ sql, params: { ids } })
    return rows.map(({ sub_id, ip, params }) => [sub_id, ip, params])
  },
)

describe('ClickHouse event store', () => {
  it('adds columns a table of an older release lacks', async () => {
    const store = await open('older')
    await store.migrate()
    await store.query({ sql: 'ALTER TABLE clicks DROP COLUMN city', params: {} }).catch(() => {})
    await store.migrate()
    const subId = makeSubId(Date.UTC(2026, 0, 1))
    await store.insertLines(
      'clicks',
      [toLine('clicks', { sub_id: subId, datetime: Date.UTC(2026, 0, 1), city: 'Riga' }, 1)],
      'a',
    )
    assert.equal((await store.loadStates([subId])).get(subId)?.row.city, 'Riga')
    await store.close()
  })

  it('gives the conversions of an older release the engine that can forget them, also after a crash in between', async () => {
    const store = await open('old_engine')
    const atMs = Date.UTC(2026, 0, 1)
    const subIds = [makeSubId(atMs), makeSubId(atMs + 40 * 86_400_000)]
    const lines = subIds.map((subId, i) => {
      const row = { sub_id: subId, datetime: atMs + i * 40 * 86_400_000, conversion_id: `${subId}-1`, status: 'lead' }
      return [toLine('conversions', row, 5), toLine('conversions', { ...row, is_deleted: 1 }, 6)] as const
    })
    const run = (sql: string) => store.query({ sql, params: {} }).catch(() => {})
    await store.migrate()
    await run(
      'CREATE TABLE conversions_old AS conversions ENGINE = ReplacingMergeTree(version) PARTITION BY toYYYYMM(datetime) ORDER BY (sub_id, conversion_id)',
    )
    await run('ALTER TABLE conversions_old DROP COLUMN is_deleted')
    await run('DROP TABLE conversions SYNC')
    await run('RENAME TABLE conversions_old TO conversions')
    await store.insertLines(
      'conversions',
      lines.map(([made]) => made),
      'a',
    )
    // What a crash before the exchange leaves: a copy that may hold anything.
    await run('CREATE TABLE conversions_next AS conversions')
    await run('INSERT INTO conversions_next SELECT * FROM conversions')
    await store.migrate()
    await store.migrate()
    assert.equal((await store.loadConversions(subIds)).size, 2)
    await store.insertLines('conversions', [lines[0]?.[1] ?? ''], 'b')
    assert.deepEqual([...(await store.loadConversions(subIds)).keys()], [subIds[1]])
    const { rows } = await store.query({
      sql: "SELECT name, engine_full AS e FROM system.tables WHERE database = 'old_engine' AND name LIKE 'conv%'",
      params: {},
    })
    assert.deepEqual(
      rows.map(({ name, e }) => [name, /is_deleted/.test(String(e))]),
      [['conversions', true]],
    )
    await store.close()
  })

  it('keeps sent postbacks as long as the settings say, though an older release had the store drop them', async () => {
    const store = await open('old_ttl')
    await store.migrate()
    const run = (sql: string) => store.query({ sql, params: {} }).catch(() => {})
    await run('ALTER TABLE sent_postbacks MODIFY TTL toDateTime(datetime) + INTERVAL 30 DAY')
    const ttls = async (): Promise<unknown> => {
      const sql = "SELECT countIf(engine_full LIKE '% TTL %') AS n FROM system.tables WHERE database = 'old_ttl'"
      return (await store.query({ sql, params: {} })).rows[0]?.n
    }
    assert.equal(Number(await ttls()), 1)
    await store.migrate()
    assert.equal(Number(await ttls()), 0)
    await store.migrate()
    await store.close()
  })

  it('packs columns of an older release as they are packed now, and leaves what is so already', async () => {
    const store = await open('old_codecs')
    await store.migrate()
    const run = (sql: string) => store.query({ sql, params: {} })
    // It answers nothing, which is no JSON.
    await run(
      'ALTER TABLE clicks MODIFY COLUMN cost CODEC(ZSTD(1)), MODIFY COLUMN datetime CODEC(Delta, ZSTD(1))',
    ).catch(() => {})
    const codecs = async (): Promise<unknown[]> => {
      const names = "'campaign_id', 'cost', 'datetime', 'sub_id'"
      const of = `database = 'old_codecs' AND table = 'clicks' AND name IN (${names})`
      const { rows } = await run(`SELECT compression_codec AS c FROM system.columns WHERE ${of} ORDER BY name`)
      return rows.map(({ c }) => c)
    }
    assert.equal((await codecs())[1], 'CODEC(ZSTD(1))')
    await store.migrate()
    assert.deepEqual(await codecs(), ['CODEC(T64, LZ4)', 'CODEC(T64, LZ4)', 'CODEC(Delta(8), LZ4)', 'CODEC(ZSTD(1))'])
    await store.close()
  })

  it('says that it has not the memory for a change of many clicks, and takes it in smaller parts', async () => {
    const small = await spawnStore({ maxMemoryBytes: 900_000_000 })
    const { socketPath, password } = small
    const store = openClickHouseEvents({ url: 'http://localhost', socketPath, password, database: 'small' })
    try {
      await store.migrate()
      const atMs = Date.UTC(2026, 0, 1)
      const all = { campaignIds: null, fromMs: 0, toMs: atMs + 100_000, slots: {}, costsMicros: null }
      const selection = { ...all, onlyUniques: false, withBots: true }
      const clicks = { selections: [selection], below: 60_000 }
      const count = async () => (await store.countEach(clicks))[0]?.clicks ?? 0
      // An insert may itself come while the engine is short of memory for merging those before.
      for (let n = 0; n < 80 && (await count()) < 30_000; n++) {
        const sql =
          'INSERT INTO clicks (sub_id, datetime, user_agent, version) ' +
          `SELECT concat('${makeSubId(atMs).slice(0, 8)}', leftPad(toString(number), 9, '0')), fromUnixTimestamp64Milli(${atMs} + number, 'UTC'), ` +
          `repeat('x', 8000), number FROM numbers(${n * 1000}, 1000)`
        await store.query({ sql, params: {} }).catch(() => {})
      }
      const before = await count()
      const shares = [{ rowCurrencies: [''], micros: 3, oneMoreUpTo: null, original: null }]
      const sweeps: Sweep[] = [{ kind: 'costs', seq: clicks.below, selection, shares }]
      const upTo = async (clicksOf: number) => ((await store.listEach(clicks))[0]?.[clicksOf - 1]?.atMs ?? atMs) + 1
      await assert.rejects(
        store.sweepClicks({ sweeps, campaignIds: null, fromMs: 0, toMs: await upTo(before) }, 'sweep-1'),
        TooMuchAtOnce,
      )
      await store.waitForMarker('sweep-1')
      assert.equal(await count(), before)
      // How much fits depends on what the engine is merging meanwhile, so the part is halved as ingest does.
      let part = 4000
      for (let tries = 0; tries < 20; tries++) {
        const toMs = await upTo(part)
        try {
          await store.sweepClicks({ sweeps, campaignIds: null, fromMs: 0, toMs }, 'sweep-1')
          break
        } catch (error) {
          if (!(error instanceof TooMuchAtOnce)) throw error
          await store.waitForMarker('sweep-1')
          assert.equal(await count(), before)
          part = Math.max(250, Math.ceil(part / 2))
          await sleep(200)
        }
      }
      assert.equal(await count(), before - part)
    } finally {
      await store.close()
      await small.stop()
    }
  })

  it('says which failures are the rows, and stores nothing of such an insert', async () => {
    const store = await open('refused')
    await store.migrate()
    const datetime = Date.UTC(2026, 0, 1)
    const good = toLine('clicks', { sub_id: makeSubId(datetime), datetime }, 1)
    for (const bad of ['{"version":2,"sales":"many"}', '{"version":2,"cost":"1e30"}', 'not json']) {
      await assert.rejects(store.insertLines('clicks', [good, bad], 'bad'), RefusedRows)
    }
    const { rows } = await store.query({ sql: 'SELECT count() AS n FROM clicks', params: {} })
    assert.equal(Number(rows[0]?.n), 0)
    await store.close()
  })

  it('holds the fence while an insert with the marker runs', async () => {
    const store = await open('fence')
    await store.migrate()
    const atMs = Date.UTC(2026, 0, 1)
    const lines = Array.from({ length: 150_000 }, (_, i) =>
      toLine('clicks', { sub_id: makeSubId(atMs), datetime: atMs + i, campaign_id: i % 9 }, i),
    )
    let done = false
    const inserting = store.insertLines('clicks', lines, 'slow-one').finally(() => {
      done = true
    })
    const isSeen = async (): Promise<boolean> => {
      const sql = "SELECT count() AS n FROM system.processes WHERE position(query, reverse('eno-wols')) > 0"
      return Number((await store.query({ sql, params: {} })).rows[0]?.n) > 0
    }
    while (!done && !(await isSeen())) await sleep(5)
    const wasRunning = !done
    await store.waitForMarker('slow-one')
    const { rows } = await store.query({ sql: 'SELECT sum(sign) AS n FROM clicks', params: {} })
    assert.equal(rows[0]?.n, 150_000)
    await inserting
    assert.ok(wasRunning, 'the insert ended before the fence was asked; make it longer')
    await store.close()
  })

  it('writes the rows of one insert and month as one part, so they appear together', async () => {
    const store = await open('parts')
    await store.migrate()
    const atMs = Date.UTC(2026, 0, 1)
    const lines = Array.from({ length: 60_000 }, (_, i) =>
      toLine('clicks', { sub_id: makeSubId(atMs), datetime: atMs, user_agent: `agent ${i} ${'x'.repeat(400)}` }, i),
    )
    await store.insertLines('clicks', lines, 'b')
    const { rows } = await store.query({
      sql: "SELECT count() AS parts, sum(rows) AS n FROM system.parts WHERE database = 'parts' AND table = 'clicks' AND min_block_number = max_block_number",
      params: {},
    })
    assert.deepEqual(rows, [{ parts: 1, n: 60_000 }])
    await store.close()
  })

  it('changes many clicks of a month in one part, so that no half of a change is there alone', async () => {
    const store = await open('rewritten')
    await store.migrate()
    const atMs = Date.UTC(2026, 0, 1)
    const lines = Array.from({ length: 40_000 }, (_, i) =>
      toLine('clicks', { sub_id: makeSubId(atMs), datetime: atMs, user_agent: `agent ${i} ${'x'.repeat(400)}` }, i),
    )
    await store.insertLines('clicks', lines, 'b')
    const all = { campaignIds: null, fromMs: 0, toMs: atMs + 1, slots: {}, costsMicros: null }
    const selection = { ...all, onlyUniques: false, withBots: true }
    const shares = [{ rowCurrencies: [''], micros: 3, oneMoreUpTo: null, original: null }]
    const sweeps: Sweep[] = [{ kind: 'costs', seq: 50_000, selection, shares }]
    await store.sweepClicks({ sweeps, campaignIds: null, fromMs: 0, toMs: atMs + 1 }, 'w')
    const { rows } = await store.query({
      sql: "SELECT rows FROM system.parts WHERE database = 'rewritten' AND table = 'clicks' AND min_block_number = max_block_number ORDER BY rows",
      params: {},
    })
    assert.deepEqual(rows.at(-1), { rows: 80_000 })
    const [left] = await store.countEach({ selections: [selection], below: 50_000 })
    assert.equal(left?.clicks, 0)
    await store.close()
  })

  it('stops a statement that takes too long and goes on answering', async () => {
    const store = await open('default')
    await assert.rejects(
      store.query(
        { sql: 'SELECT count() FROM numbers(100000000000) WHERE NOT ignore(sipHash64(number))', params: {} },
        { timeoutMs: 1000 },
      ),
      { code: '159' },
    )
    assert.equal(await store.ping(), true)
    await store.close()
  })

  it('passes parameters as they are', async () => {
    const store = await open('default')
    const texts = [
      "it's",
      'back\\slash',
      'tab\tnewline\nreturn\r',
      '{x:String}',
      '"; DROP TABLE clicks',
      'żółć ❤',
      '%',
      '',
      '\\N',
      "\\'",
    ]
    const params = Object.fromEntries(texts.map((text, i) => [`p${i}`, text]))
    const sql = `SELECT ${texts.map((_, i) => `{p${i}:String} AS p${i}`).join(', ')}, {list:Array(String)} AS list`
    const { rows } = await store.query({ sql, params: { ...params, list: texts } })
    assert.deepEqual(rows, [{ ...params, list: texts }])
    await store.close()
  })

  it('answers long parameter lists', async () => {
    const store = await open('default')
    const ids = Array.from({ length: 100_000 }, (_, i) => i)
    const { rows } = await store.query({ sql: 'SELECT length({ids:Array(UInt32)}) AS n', params: { ids } })
    assert.deepEqual(rows, [{ n: 100_000 }])
    await store.close()
  })
})
