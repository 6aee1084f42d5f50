import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type SpawnedStore, spawnStore } from '../../store/spawn-store.ts'
import { openClickHouseEvents } from './clickhouse.ts'
import type { EventQueries, EventStore } from './port.ts'

describe('answers in blocks', () => {
  let server: SpawnedStore
  let store: EventStore & EventQueries
  before(async () => {
    server = await spawnStore()
    const { socketPath, password } = server
    store = openClickHouseEvents({ url: 'http://localhost', socketPath, password, database: 'streams' })
    await store.migrate()
  })
  after(async () => {
    await store?.close()
    await server?.stop()
  })
  const numbers = (column: string, count = 100_000) => ({
    sql: `SELECT ${column} AS n FROM numbers({count:UInt64}) ORDER BY number DESC`,
    params: { count },
  })

  it('are the rows of the whole answer, in order', async () => {
    const found: unknown[] = []
    let blocks = 0
    for await (const rows of store.stream(numbers('number'))) {
      blocks++
      found.push(...rows)
    }
    assert.ok(blocks > 10, `${blocks} blocks`)
    assert.deepEqual(found, (await store.query(numbers('number'))).rows)
  })

  it('fail with the code of the store before the first block, and in between', async () => {
    const read = async (sql: string): Promise<number> => {
      let count = 0
      for await (const rows of store.stream({ sql, params: {} })) count += rows.length
      return count
    }
    await assert.rejects(read('SELECT nothing FROM numbers(9)'), { code: '47' })
    await assert.rejects(read('SELECT throwIf(number = 900000) FROM numbers(1000000)'))
    assert.equal(await read('SELECT 1 WHERE 0'), 0)
  })

  it('stop when nobody reads on, and leave room for others', async () => {
    const endless = { sql: "SELECT repeat('x', 500) AS text FROM numbers(1000000000)", params: {} }
    // More than the store runs at once, none of which would ever end.
    for (let i = 0; i < 8; i++)
      for await (const rows of store.stream(endless)) {
        assert.ok(rows.length > 0)
        break
      }
    assert.deepEqual((await store.query({ sql: 'SELECT 1 AS one', params: {} })).rows, [{ one: 1 }])
  })
})
