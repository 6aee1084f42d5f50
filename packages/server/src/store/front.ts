import { Buffer } from 'node:buffer'
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Engine, Statement } from './engine.ts'
import { NotWanted } from './lane.ts'
import { parseMultipart } from './multipart.ts'

/** A statement with its rows; far above any batch of ours, far below what would hurt. */
const MAX_BODY_BYTES = 128 * 1024 * 1024
/** Parameters travel in the URL; ClickHouse servers allow 1 MiB there as well. */
const MAX_HEADER_BYTES = 1024 * 1024

/** Names in the query string that are not settings of the statement. */
const NOT_SETTINGS: ReadonlySet<string> = new Set(
  `query database default_format query_id session_id session_timeout user password role quota_key compress decompress
   wait_end_of_query buffer_size enable_http_compression send_progress_in_http_headers`.split(/\s+/),
)

/**
 * The part of ClickHouse's HTTP interface that its clients use, in front of an embedded engine: `/ping`, and `/` with
 * the statement in `?query=` and/or the body, `database`, `default_format`, `param_*`, and settings by name. Errors
 * answer with X-ClickHouse-Exception-Code and the engine's text. A request whose body did not arrive whole is never run.
 */
export function createFront(engine: Engine, password: string): Server {
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 0, keepAliveTimeout: 30_000 },
    (request, response) => {
      handle(engine, password, request, response).catch((error: unknown) => answerError(response, error))
    },
  )
  return server
}

async function handle(
  engine: Engine,
  password: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://store')
  if (url.pathname === '/ping') return void response.setHeader('Content-Type', 'text/plain').end('Ok.\n')
  if (!isAuthorized(request, password))
    throw new FrontError(
      403,
      516,
      'Authentication failed: the store password is missing or wrong. (AUTHENTICATION_FAILED)',
    )
  if (url.pathname !== '/') throw new FrontError(404, 0, `There is no handle ${url.pathname}.`)

  const body = await readBody(request)
  const form = parseMultipart(request.headers['content-type'], body)
  const entries: [string, string][] = [...url.searchParams, ...(form ?? [])]
  const values = new Map(entries)
  const sql = [values.get('query') ?? '', form ? '' : body.toString('utf8')].filter((part) => part !== '').join('\n')
  if (sql.trim() === '') throw new FrontError(400, 62, 'Empty query. (SYNTAX_ERROR)')
  const format = identifier(values.get('default_format') ?? 'TabSeparated')

  const statement = {
    sql,
    format,
    database: identifier(values.get('database') ?? ''),
    params: pick(entries, (name) => (name.startsWith('param_') ? name.slice(6) : null)),
    settings: pick(entries, (name) => (name.startsWith('param_') || NOT_SETTINGS.has(name) ? null : name)),
    wanted: () => !response.destroyed && !request.socket.destroyed && request.socket.readable,
  }
  const headers = {
    'Content-Type': 'text/plain; charset=UTF-8',
    'X-ClickHouse-Format': format,
    'X-ClickHouse-Query-Id': values.get('query_id') ?? randomUUID(),
  }
  const streamed = withoutFormat(sql)
  if (streamed !== null) return stream(engine, { ...statement, ...streamed }, headers, response)
  const answer = await engine.run(statement)
  response.writeHead(200, { ...headers, 'Content-Length': answer.length }).end(answer)
}

/**
 * A statement whose text asks for the format of those who read row by row, without asking, as streams are told their
 * format; null when it does not. The other formats are answered whole.
 */
function withoutFormat(sql: string): Pick<Statement, 'sql' | 'format'> | null {
  const [clause] = /\sFORMAT\s+JSONEachRow\s*;?\s*$/i.exec(sql) ?? []
  return clause === undefined ? null : { sql: sql.slice(0, -clause.length), format: 'JSONEachRow' }
}

/** Answers as fast as the client reads. What fails after the first piece breaks the connection off. */
async function stream(
  engine: Engine,
  statement: Statement,
  headers: OutgoingHttpHeaders,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  await engine.stream(statement, async (piece) => {
    if (gone.signal.aborted) throw new NotWanted()
    if (!response.headersSent) response.writeHead(200, headers)
    if (!response.write(piece)) await once(response, 'drain', { signal: gone.signal })
  })
  if (!response.headersSent) response.writeHead(200, headers)
  response.end()
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = chunk instanceof Buffer ? chunk : Buffer.from(chunk)
    size += bytes.length
    if (size > MAX_BODY_BYTES) throw new FrontError(413, 1001, `The request is larger than ${MAX_BODY_BYTES} bytes.`)
    chunks.push(bytes)
  }
  // A body cut off throws above; this is the belt to those braces, since half an insert would count as a whole one.
  if (!request.complete) throw new NotWanted()
  const body = Buffer.concat(chunks)
  return request.headers['content-encoding'] === 'gzip'
    ? promisify(gunzip)(body, { maxOutputLength: MAX_BODY_BYTES })
    : body
}

function isAuthorized(request: IncomingMessage, password: string): boolean {
  const key = request.headers['x-clickhouse-key']
  const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
  const given =
    typeof key === 'string'
      ? key
      : basic
        ? Buffer.from(basic, 'base64')
            .toString('utf8')
            .replace(/^[^:]*:/, '')
        : ''
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(password))
}

function pick(entries: readonly [string, string][], rename: (name: string) => string | null): Record<string, string> {
  const picked: Record<string, string> = {}
  for (const [name, value] of entries) {
    const key = rename(name)
    if (key !== null) picked[identifier(key)] = value
  }
  return picked
}

/** Names are put into SQL as they are, so they may hold nothing but letters, digits and underscores. */
function identifier(name: string): string {
  if (!/^\w*$/.test(name)) throw new FrontError(400, 36, `Not a valid name: ${JSON.stringify(name)}. (BAD_ARGUMENTS)`)
  return name
}

function answerError(response: ServerResponse, error: unknown): void {
  if (error instanceof NotWanted || response.destroyed || response.headersSent) return void response.destroy()
  const code = error instanceof FrontError ? error.code : clickhouseCode(error)
  const message = error instanceof Error ? error.message : String(error)
  const text = message.startsWith('Code:') ? message : `Code: ${code}. DB::Exception: ${message}`
  response.writeHead(error instanceof FrontError ? error.status : UNKNOWN_THING.has(code) ? 404 : 500, {
    'Content-Type': 'text/plain; charset=UTF-8',
    'X-ClickHouse-Exception-Code': String(code),
  })
  response.end(`${text}\n`)
}

/** Unknown identifier, table and database: what a server answers with 404. */
const UNKNOWN_THING: ReadonlySet<number> = new Set([46, 47, 60, 81])

/** Errors of streams carry that of the engine inside. */
const clickhouseCode = (error: unknown): number => {
  if (!(error instanceof Error)) return 1001
  return 'clickhouseCode' in error && typeof error.clickhouseCode === 'number'
    ? error.clickhouseCode
    : clickhouseCode(error.cause)
}

class FrontError extends Error {
  readonly status: number
  readonly code: number
  constructor(status: number, code: number, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}
