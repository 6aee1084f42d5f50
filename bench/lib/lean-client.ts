import { Agent, request } from 'node:http'

export interface Answer {
  readonly status: number
  readonly text: string
}

/** Asks over one kept connection, and parses nothing: what is measured is the server. */
export type Ask = (method: string, path: string, body?: unknown) => Promise<Answer>

/** `headers` go with every request. Rejects when there is no answer. */
export function leanClient(port: number, headers: Readonly<Record<string, string>> = {}): Ask & { close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask: Ask = (method, path, body) =>
    new Promise((resolve, reject) => {
      const sent = body === undefined ? undefined : JSON.stringify(body)
      const length = sent === undefined ? {} : { 'content-length': Buffer.byteLength(sent) }
      const type = { 'content-type': 'application/json' }
      const outgoing = request(
        { agent, host: '127.0.0.1', port, method, path, headers: { ...headers, ...type, ...length } },
        (incoming) => {
          const chunks: Buffer[] = []
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
          incoming.once('error', reject)
          incoming.once('end', () =>
            resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
          )
        },
      )
      outgoing.once('error', reject)
      outgoing.end(sent)
    })
  return Object.assign(ask, { close: () => agent.destroy() })
}
