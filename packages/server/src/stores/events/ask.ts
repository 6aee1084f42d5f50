import { randomUUID } from 'node:crypto'
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { type ClickHouseSettings, parseError } from '@clickhouse/client'

export interface AskOptions {
  /** Without path or query. */
  readonly origin: string
  readonly username: string
  readonly password: string
  readonly database: string
  /** Of the embedded store; without it connections go to the origin. */
  readonly agent?: HttpAgent
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
  close(): void
}

/** Servers take 1 MiB of URL; whatever stands in between may take less. */
const MAX_URL_CHARS = 32_768

/**
 * Asks what people wait for. The client of ClickHouse sleeps for a millisecond before each request and sends it in
 * pieces, which is as long as a small report takes.
 */
export function openAsker({ origin, username, password, database, timeoutMs, ...options }: AskOptions): Asker {
  const isSecure = origin.startsWith('https:')
  const agent = options.agent ?? new (isSecure ? HttpsAgent : HttpAgent)({ keepAlive: true })
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`

  const post = (url: string, body: string, type: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = { authorization, 'content-type': type, 'content-length': Buffer.byteLength(body) }
      const sent = (isSecure ? requestHttps : requestHttp)(
        url,
        { method: 'POST', agent, headers, timeout: timeoutMs },
        (answer) => readAnswer(answer).then(resolve, reject),
      )
      sent.once('timeout', () => sent.destroy(new Error(`The event store was silent for ${timeoutMs / 1000} s.`)))
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
    close: () => agent.destroy(),
  }
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
