import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { type SpawnedStore, spawnStore } from '../../../store/spawn-store.ts'
import { openClickHouseEvents } from '../../../stores/events/clickhouse.ts'
import { makeSubId } from '../../../stores/events/contract.ts'
import type { EventQueries, EventStore } from '../../../stores/events/port.ts'
import { openTestBackend, TEST_KEY, TEST_NOW_MS, type TestBackend } from '../../testing.ts'

const CLICKS = 200_000

describe('exports of 200 000 clicks', () => {
  let server: SpawnedStore
  let events: EventStore & EventQueries
  let backend: TestBackend
  let url = ''
  before(async () => {
    server = await spawnStore()
    events = openClickHouseEvents({
      url: 'http://localhost',
      socketPath: server.socketPath,
      password: server.password,
      database: 'exports',
    })
    await events.migrate()
    for (let from = 0; from < CLICKS; from += 50_000) {
      const lines = Array.from({ length: 50_000 }, (_, i) => {
        const datetime = TEST_NOW_MS - (from + i) * 10
        return `{"sub_id":"${makeSubId(datetime)}","datetime":${datetime},"version":${from + i + 1},"campaign_id":${1 + (i % 2)},"user_agent":"Mozilla/5.0 ${'long '.repeat(30)}${i}"}`
      })
      await events.insertLines('clicks', lines, `fill${from}`)
    }
    backend = await openTestBackend({}, events)
    await backend.create('campaigns', { name: 'One', alias: 'one' })
    await backend.app.listen({ port: 0, host: '127.0.0.1' })
    url = `http://127.0.0.1:${(backend.app.server.address() as AddressInfo).port}/admin_api/v1`
  })
  after(async () => {
    await backend?.close()
    await events?.close()
    await server?.stop()
  })

  /** Memory of this process and of the store, in MB. */
  const held = (): { own: number; store: number } => {
    const path = `/proc/${server.pid}/statm`
    const pages = existsSync(path) ? Number(readFileSync(path, 'utf8').split(' ')[1]) : 0
    return { own: process.memoryUsage().rss / 1e6, store: (pages * 4096) / 1e6 }
  }
  const download = async (format: string, limit: number) => {
    const columns = ['sub_id', 'datetime', 'campaign', 'user_agent', 'cost']
    const start = held()
    const reply = await fetch(`${url}/clicks/log`, {
      method: 'POST',
      headers: { 'api-key': TEST_KEY },
      body: JSON.stringify({ range: { interval: 'all_time' }, columns, format, limit }),
    })
    assert.equal(reply.status, 200)
    assert.ok(reply.body)
    let [lines, own, store] = [0, 0, 0]
    for await (const piece of reply.body) {
      for (const byte of piece) if (byte === 10) lines++
      const now = held()
      own = Math.max(own, now.own - start.own)
      store = Math.max(store, now.store - start.store)
    }
    return { lines, own, store }
  }

  for (const format of ['csv', 'xlsx'])
    it(`hold a few pieces in memory as ${format}`, async (test) => {
      // What the first rows take for good: compiled code and pools.
      await download(format, 50_000)
      const { lines, own, store } = await download(format, 0)
      test.diagnostic(`grew by ${own.toFixed(1)} MB, the store by ${store.toFixed(1)} MB`)
      if (format === 'csv') assert.equal(lines, CLICKS + 1)
      // The rows are 42 MB of text, and several times that as values.
      assert.ok(store < 100, `the store: ${store} MB`)
      assert.ok(own < 40, `${own} MB`)
    })
})
