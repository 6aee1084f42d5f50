import assert from 'node:assert/strict'
import { existsSync, statSync } from 'node:fs'
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { type SpawnedStore, spawnStore } from './spawn-store.ts'

interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}
type Query = Readonly<Record<string, string>>

const agent = new Agent({ keepAlive: true })
let store: SpawnedStore

const ask = (
  query: Query,
  body: string | Buffer = '',
  headers: Record<string, string> = {},
  path = '/',
  from = store,
): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const search = new URLSearchParams(query).toString()
    const sent = httpRequest(
      {
        socketPath: from.socketPath,
        path: `${path}?${search}`,
        method: 'POST',
        headers: { 'X-ClickHouse-Key': from.password, ...headers },
        agent,
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
const sql = async (query: string, from = store): Promise<string> => {
  const reply = await ask({ query }, '', {}, '/', from)
  assert.equal(reply.status, 200, reply.text)
  return reply.text.trim()
}
/** Waits until so many inserts are under way; they have to be slow. */
async function untilInserting(count: number, from = store): Promise<void> {
  const query = "SELECT count() FROM system.processes WHERE startsWith(query, 'INSERT')"
  for (let tries = 0; tries < 500; tries++) {
    if ((await sql(query, from)) === String(count)) return
    await sleep(10)
  }
  assert.fail(`${count} inserts were never under way`)
}

describe('store', () => {
  before(async () => {
    store = await spawnStore()
    await sql('CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a')
  })
  after(async () => {
    agent.destroy()
    await store.stop()
  })

  it('answers a ping without a password, and nothing else', async () => {
    assert.equal((await ask({}, '', { 'X-ClickHouse-Key': '' }, '/ping')).text, 'Ok.\n')
    for (const headers of [{ 'X-ClickHouse-Key': 'wrong' }, { 'X-ClickHouse-Key': '' }]) {
      const reply = await ask({ query: 'SELECT 1' }, '', headers)
      assert.deepEqual([reply.status, reply.headers['x-clickhouse-exception-code']], [403, '516'])
    }
  })
  it('takes the password as Basic too', async () => {
    const basic = Buffer.from(`default:${store.password}`).toString('base64')
    const search = new URLSearchParams({ query: 'SELECT 7' })
    const status = await new Promise((resolve) =>
      httpRequest(
        { socketPath: store.socketPath, path: `/?${search}`, headers: { Authorization: `Basic ${basic}` } },
        (response) => resolve(response.resume().statusCode),
      ).end(),
    )
    assert.equal(status, 200)
  })
  it('lets only its owner connect', () => {
    assert.equal(statSync(store.socketPath).mode & 0o777, 0o600)
    assert.equal(statSync(`${store.dir}/store.xml`).mode & 0o777, 0o600)
  })
  it('joins the statement of the URL and the body', async () =>
    assert.equal((await ask({ query: 'SELECT' }, '2 + 3')).text, '5\n'))
  it('takes gzip', async () => {
    await ask({ query: 'INSERT INTO t FORMAT JSONEachRow' }, gzipSync('{"a":1}\n{"a":2}'), {
      'Content-Encoding': 'gzip',
    })
    assert.equal(await sql('SELECT count() FROM t WHERE a IN (1, 2)'), '2')
  })
  it('names the error as a server does', async () => {
    const reply = await ask({ query: 'SELECT * FROM nowhere' })
    assert.deepEqual([reply.status, reply.headers['x-clickhouse-exception-code']], [404, '60'])
    assert.match(reply.text, /^Code: 60\. DB::Exception: .*UNKNOWN_TABLE/s)
  })
  it('forgets settings and parameters after each statement', async () => {
    const query = "SELECT getSetting('max_block_size'), {x:String}"
    assert.equal((await ask({ query, max_block_size: '777', param_x: 'y' })).text, '777\ty\n')
    assert.equal((await ask({ query, param_x: 'z' })).text.includes('777'), false)
    assert.equal((await ask({ query: 'SELECT {x:String}', param_x: 'w' })).text, 'w\n')
    assert.equal((await ask({ query })).headers['x-clickhouse-exception-code'], '456')
    assert.match((await ask({ query: 'SELECT 1', 'max_threads = 1; DROP': '1' })).text, /Not a valid name/)
    await sql('SET max_block_size = 778')
    assert.notEqual(await sql("SELECT getSetting('max_block_size')"), '778')
  })
  it('answers a report on several cores', async () => {
    const plan = await sql('EXPLAIN PIPELINE SELECT sum(number) FROM numbers_mt(100000000) SETTINGS max_threads = 2')
    assert.match(plan, /NumbersRange × 2/)
  })
  it('answers light statements beside heavy ones, and inserts beside many', async () => {
    let ended = 0
    const heavy = Array.from({ length: 7 }, () => ask({ query: 'SELECT sleep(1.5)' }).then(() => ended++))
    await ask({ query: 'INSERT INTO t FORMAT JSONEachRow' }, '{"a":77}')
    assert.equal(ended, 0)
    await Promise.all(heavy)
  })
  it('never runs an insert that did not arrive whole', async () => {
    const row = '{"a":424242}\n'
    const head = (extra: string): string =>
      `POST /?query=${encodeURIComponent('INSERT INTO t FORMAT JSONEachRow')} HTTP/1.1\r\nHost: x\r\nX-ClickHouse-Key: ${store.password}\r\n${extra}\r\n\r\n`
    for (const partial of [
      `${head('Content-Length: 5000')}${row.repeat(9)}`,
      `${head('Transfer-Encoding: chunked')}${row.length.toString(16)}\r\n${row}\r\n`,
    ]) {
      const socket = connect(store.socketPath)
      socket.on('error', () => {})
      socket.write(partial)
      await sleep(100)
      socket.destroy()
    }
    await sleep(200)
    assert.equal(await sql('SELECT count() FROM t WHERE a = 424242'), '0')
  })
  it('drops a statement whose caller left while it waited for its turn', async () => {
    const slow = Array.from({ length: 2 }, () => ask({ query: 'INSERT INTO t SELECT 5 + sleep(3)' }))
    await untilInserting(2)
    const body = '{"a":434343}'
    const socket = connect(store.socketPath)
    socket.write(
      `POST /?query=${encodeURIComponent('INSERT INTO t FORMAT JSONEachRow')} HTTP/1.1\r\nHost: x\r\nX-ClickHouse-Key: ${store.password}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    await sleep(300)
    socket.destroy()
    for (const reply of await Promise.all(slow)) assert.equal(reply.status, 200, reply.text)
    await sleep(300)
    assert.equal(await sql('SELECT count() FROM t WHERE a = 434343'), '0')
  })
})

describe('store process', () => {
  it('refuses memory beyond its ceiling and goes on', async () => {
    const small = await spawnStore({ maxMemoryBytes: 600_000_000 })
    const reply = await ask({ query: 'SELECT length(groupArray(number)) FROM numbers(200000000)' }, '', {}, '/', small)
    assert.equal(reply.headers['x-clickhouse-exception-code'], '241')
    assert.equal(await sql('SELECT 1', small), '1')
    await small.stop()
  })

  it('finishes what runs on SIGTERM, ends with 0 and leaves no socket', async () => {
    const one = await spawnStore()
    await sql('CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a', one)
    const inserting = ask({ query: 'INSERT INTO t SELECT 1 + sleep(3)' }, '', { Connection: 'close' }, '/', one)
    await untilInserting(1, one)
    const [reply, { exitCode }] = await Promise.all([inserting, one.stop({ keep: true })])
    assert.deepEqual([reply.status, exitCode, existsSync(one.socketPath)], [200, 0, false])
    const again = await spawnStore({ dir: one.dir })
    assert.equal(await sql('SELECT count() FROM t', again), '1')
    await again.stop()
  })

  it('keeps every acknowledged row through kill -9, and takes over the dead socket', async () => {
    const first = await spawnStore()
    await sql('CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a', first)
    let acknowledged = 0
    const writing = (async () => {
      for (let a = 0; ; a++) {
        await ask({ query: 'INSERT INTO t FORMAT JSONEachRow' }, `{"a":${a}}`, {}, '/', first)
        acknowledged = a + 1
      }
    })().catch(() => {})
    for (let tries = 0; acknowledged < 50 && tries < 6000; tries++) await sleep(5)
    await first.stop({ signal: 'SIGKILL', keep: true })
    await writing
    const second = await spawnStore({ dir: first.dir })
    const [count = 0, most = 0] = (await sql('SELECT count(), max(a) + 1 FROM t', second)).split('\t').map(Number)
    assert.ok(
      acknowledged > 0 && count >= acknowledged && count === most,
      `${acknowledged} acknowledged, ${count} found`,
    )
    await assert.rejects(spawnStore({ dir: first.dir }), /ended with code/)
    await second.stop()
  })
})
