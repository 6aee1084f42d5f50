import { randomUUID } from 'node:crypto'
import {
  type AgentOptions,
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { Readable } from 'node:stream'
import { type ClickHouseSettings, parseError } from '@clickhouse/client'

export interface AskOptions {
  /** Without path or query. */
  readonly origin: string
  readonly username: string
  readonly password: string
  readonly database: string
  /** Makes those of the embedded store; without it connections go to the origin. */
  readonly agentWith?: (options: AgentOptions) => HttpAgent
  /** For how long a connection may be silent. */
  readonly timeoutMs: number
}

export interface Question {
  readonly query: string
  readonly query_params: Readonly<Record<string, unknown>>
  readonly clickhouse_settings: ClickHouseSettings
  readonly format: string
}

export interface Asker {
  /** The answer whole. Rejects with a ClickHouseError when the store refuses. */
  ask(question: Question): Promise<string>
  /**
   * Sends a statement and the lines of its rows in pieces as they are taken, so that they are nowhere in memory as a
   * whole. Sent once only, whatever happens to it on the way.
   */
  insert(statement: string, lines: readonly string[]): Promise<void>
  close(): void
}

/** Servers take 1 MiB of URL; whatever stands in between may take less. */
const MAX_URL_CHARS = 32_768
/** Shorter than any server keeps a connection that nobody uses: what is inserted must not meet one that is being closed. */
const INSERT_IDLE_MS = 2500
const PIECE_CHARS = 65_536

/**
 * Asks what people wait for. The client of ClickHouse sleeps for a millisecond before each request and sends it in
 * pieces, which is as long as a small report takes.
 */
export function openAsker({ origin, username, password, database, timeoutMs, ...options }: AskOptions): Asker {
  const isSecure = origin.startsWith('https:')
  const agentWith = options.agentWith ?? ((wanted) => new (isSecure ? HttpsAgent : HttpAgent)(wanted))
  const agent = agentWith({ keepAlive: true })
  const insertAgent = agentWith({ keepAlive: true, timeout: INSERT_IDLE_MS })
  const request = isSecure ? requestHttps : requestHttp
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

  const limitSilence = (sent: ClientRequest): unknown =>
    sent.once('timeout', () => sent.destroy(new Error(`The event store was silent for ${timeoutMs / 1000} s.`)))

  const post = (url: string, body: string, type: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = { authorization, 'content-type': type, 'content-length': Buffer.byteLength(body) }
      const sent = request(url, { method: 'POST', agent, headers, timeout: timeoutMs }, (answer) =>
        readAnswer(answer).then(resolve, reject),
      )
      limitSilence(sent)
      sent.once('error', (error) => {
        // It was closed at the other end while nobody used it, before it brought the question.
        const isStale = sent.reusedSocket && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
        if (isStale) post(url, body, type).then(resolve, reject)
        else reject(error)
      })
      sent.end(body)
    })

  return {
    async ask({ query, query_params, clickhouse_settings, format }) {
      const settings = new URLSearchParams({ database, default_format: format })
      for (const [name, value] of Object.entries(clickhouse_settings)) settings.set(name, String(value))
      const params = Object.entries(query_params).map(([name, value]): [string, string] => [
        `param_${name}`,
        parameterText(value),
      ])
      const url = `${origin}/?${settings}`
      if (params.length === 0) return post(url, query, 'text/plain')
      const inUrl = `${url}&${new URLSearchParams(params)}`
      if (inUrl.length <= MAX_URL_CHARS) return post(inUrl, query, 'text/plain')
      return post(url, formBody([['query', query], ...params]), `multipart/form-data; boundary=${BOUNDARY}`)
    },
    insert: (statement, lines) =>
      new Promise((resolve, reject) => {
        const headers = { authorization, 'content-type': 'text/plain' }
        const url = `${origin}/?${new URLSearchParams({ database })}`
        let isAnswered = false
        const sent = request(url, { method: 'POST', agent: insertAgent, headers, timeout: timeoutMs }, (answer) => {
          isAnswered = true
          readAnswer(answer).then(() => resolve(), reject)
        })
        limitSilence(sent)
        // Who refuses rows may do so, and hang up, before it has read them all: then its answer is what counts.
        sent.on('error', (error) => isAnswered || reject(error))
        Readable.from(inPieces(statement, lines), { objectMode: false }).pipe(sent)
      }),
    close() {
      agent.destroy()
      insertAgent.destroy()
    },
  }
}

function* inPieces(statement: string, lines: readonly string[]): Generator<Buffer> {
  yield Buffer.from(`${statement}\n`)
  let piece: string[] = []
  let chars = 0
  for (const line of lines) {
    piece.push(line, '\n')
    chars += line.length
    if (chars < PIECE_CHARS) continue
    yield Buffer.from(piece.join(''))
    piece = []
    chars = 0
  }
  if (chars > 0) yield Buffer.from(piece.join(''))
}

/** No text of ours or of visitors holds it. */
const BOUNDARY = `trackyard-${randomUUID()}`

const formBody = (fields: readonly (readonly [string, string])[]): string =>
  [
    ...fields.map(
      ([name, text]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`,
    ),
    `--${BOUNDARY}--\r\n`,
  ].join('')

async function readAnswer(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  if (answer.statusCode === 200 && answer.headers['x-clickhouse-exception-code'] === undefined) return text
  throw parseError(text)
}

/** A value as ClickHouse reads parameters: texts in lists stand in quotes. */
function parameterText(value: unknown, isInList = false): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') {
    const text = value.replaceAll(/[\\'\t\n\r]/g, (char) => ESCAPES[char] ?? char)
    return isInList ? `'${text}'` : text
  }
  if (Array.isArray(value)) return `[${value.map((one) => parameterText(one, true)).join(',')}]`
  throw new Error(`Statements take no ${typeof value} as a parameter.`)
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
}
