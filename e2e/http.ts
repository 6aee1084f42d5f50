import { type Agent, type IncomingHttpHeaders, request } from 'node:http'

/** `status` 0 means: no answer came. */
export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly location: string
  readonly body: string
  /** Values of the cookies that were set, by name. */
  readonly cookies: Readonly<Record<string, string>>
}

export interface SendOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly agent?: Agent
  readonly timeoutMs?: number
}

const NO_ANSWER: Reply = { status: 0, headers: {}, location: '', body: '', cookies: {} }
const TIMEOUT_MS = 5000

/** One request, never sent twice. Never rejects. */
export function send(base: URL, path: string, options: SendOptions = {}): Promise<Reply> {
  return new Promise((resolve) => {
    const sent = request(
      {
        host: base.hostname,
        port: base.port,
        path,
        method: options.method ?? 'GET',
        headers: { ...options.headers },
        agent: options.agent ?? false,
        timeout: options.timeoutMs ?? TIMEOUT_MS,
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', () => resolve(NO_ANSWER))
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            location: response.headers.location ?? '',
            body: Buffer.concat(chunks).toString('utf8'),
            cookies: readCookies(response.headers['set-cookie'] ?? []),
          }),
        )
      },
    )
    sent.once('timeout', () => sent.destroy())
    sent.once('error', () => resolve(NO_ANSWER))
    sent.end(options.body)
  })
}

function readCookies(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const pair = line.split(';')[0] ?? ''
      const at = pair.indexOf('=')
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}
