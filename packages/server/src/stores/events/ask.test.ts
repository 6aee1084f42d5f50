import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { type SpawnedStore, spawnStore } from '../../store/spawn-store.ts'
import { openAsker } from './ask.ts'
import { openClickHouseEvents } from './clickhouse.ts'

describe('questions to the store', () => {
  let server: SpawnedStore
  before(async () => {
    server = await spawnStore()
  })
  after(() => server?.stop())
  const open = () =>
    openClickHouseEvents({
      url: 'http://localhost',
      socketPath: server.socketPath,
      password: server.password,
      database: 'default',
    })

  it('carry any text, alone and in lists', async () => {
    const store = open()
    const odd = fc.string({
      unit: fc.constantFrom('a', "'", '\\', '\t', '\n', '\r', '"', '%', '&', '+', 'é', '😀', ',', ']'),
    })
    await fc.assert(
      fc.asyncProperty(odd, fc.array(odd), async (one, all) => {
        const sql = 'SELECT {one:String} AS one, {all:Array(String)} AS all, {n:Float64} AS n'
        const { rows } = await store.query({ sql, params: { one, all, n: 0.1 } })
        assert.deepEqual(rows, [{ one, all, n: 0.1 }])
      }),
      { numRuns: 50 },
    )
    await store.close()
  })

  it('may be longer than a URL', async () => {
    const store = open()
    const ids = Array.from({ length: 20_000 }, (_, id) => id)
    const { rows } = await store.query({ sql: 'SELECT length({ids:Array(UInt32)}) AS n', params: { ids } })
    assert.deepEqual(rows, [{ n: ids.length }])
    await store.close()
  })

  it('fail with the code of the store', async () => {
    const store = open()
    await assert.rejects(store.query({ sql: 'SELECT nothing', params: {} }), { code: '47' })
    await store.close()
  })
})

describe('questions over TCP', () => {
  const servers: Server[] = []
  after(() => {
    for (const server of servers) server.close()
  })
  const ask = async (server: Server, timeoutMs = 30_000) => {
    servers.push(server.listen(0, '127.0.0.1'))
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const asker = openAsker({
      ...{ origin: `http://127.0.0.1:${port}`, username: 'u', password: 'p', database: 'd' },
      timeoutMs,
    })
    return {
      ...asker,
      ask: () => asker.ask({ query: 'SELECT 1', query_params: {}, clickhouse_settings: {}, format: 'JSON' }),
    }
  }

  it('are asked again when the connection was closed meanwhile', async () => {
    let asked = 0
    const { ask: askOnce, close } = await ask(
      createServer((request, response) => {
        asked++
        // Closed without a word, as a server that no longer waits for a second question.
        if (asked === 2) request.socket.resetAndDestroy()
        else response.end(String(asked))
      }),
    )
    assert.deepEqual([await askOnce(), await askOnce()], ['1', '3'])
    close()
  })

  it('fail when nobody answers, or only in part', async () => {
    const silent = await ask(
      createServer(() => {}),
      200,
    )
    await assert.rejects(silent.ask(), /silent for 0.2 s/)
    silent.close()
    const broken = await ask(
      createServer((_request, response) => {
        response.writeHead(200, { 'content-length': 100 })
        response.write('{')
        setTimeout(() => response.destroy(), 20)
      }),
    )
    await assert.rejects(broken.ask(), /aborted/)
    broken.close()
  })

  it('bring rows in pieces, and only once', async () => {
    const pieces: number[] = []
    let arrived = ''
    const { insert, close } = await ask(
      createServer((request, response) => {
        request.setEncoding('utf8').on('data', (piece: string) => {
          pieces.push(piece.length)
          arrived += piece
        })
        request.on('end', () => (pieces.length > 20 ? response.end() : request.socket.resetAndDestroy()))
      }),
    )
    const lines = Array.from({ length: 40 }, (_, n) => `{"a":"${'é'.repeat(25_000)}${n}"}`)
    await insert('INSERT', lines)
    assert.equal(arrived, `INSERT\n${lines.join('\n')}\n`)
    pieces.length = 0
    arrived = ''
    await assert.rejects(insert('INSERT', ['{}']), { code: 'ECONNRESET' })
    assert.equal(arrived, 'INSERT\n{}\n')
    close()
  })

  it('are answered when rows are refused before all of them have come', async () => {
    const { insert, close } = await ask(
      createServer((request, response) => {
        request.once('data', () => {
          response.writeHead(400, { 'x-clickhouse-exception-code': '27', connection: 'close' })
          response.end('Code: 27. DB::Exception: Cannot parse input. (CANNOT_PARSE_INPUT)')
        })
      }),
    )
    const lines = Array.from({ length: 500 }, () => 'x'.repeat(50_000))
    await assert.rejects(insert('INSERT', lines), { code: '27' })
    close()
  })
})
