import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline, Readable } from 'node:stream'
import { MAX_HEADER_BYTES } from '../http-limits.ts'
import { answerUnencoded } from './unencoded.ts'
import { refuseUnreadable } from './unreadable.ts'

/** The little of HTTP that the tracker needs, so another runtime can take the place of node:http. */
export interface FrontRequest {
  readonly method: string
  /** Path and query as received. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly socketAddress: string
  readonly isTls: boolean
  /** The body up to `maxBytes`; null when it is longer or the client went away. */
  readBody(maxBytes: number): Promise<Buffer | null>
}

export interface FrontReply {
  readonly status: number
  /** Flat list of names and values, ready for writeHead. */
  readonly headers: readonly string[]
  /** A stream is sent as it comes and ended when the visitor leaves. */
  readonly body: string | Buffer | Readable
}

export type Answer = (reply: FrontReply) => void
export type FrontHandler = (request: FrontRequest, answer: Answer) => void
/** Takes over requests that are not the tracker's own, e.g. by streaming them to the backend. */
export type PassThrough = (request: IncomingMessage, response: ServerResponse) => void

export interface HttpFront {
  readonly port: number
  close(): Promise<void>
}

export interface FrontOptions {
  readonly host: string
  readonly port: number
  readonly isPassedThrough: (message: IncomingMessage) => boolean
  readonly passThrough: PassThrough
}

/** `node:http` as an HttpFront. Rejects when the address cannot be listened on. */
export function listen(options: FrontOptions, handler: FrontHandler): Promise<HttpFront> {
  const onRequest: RequestListener = (message, response) => {
    if (options.isPassedThrough(message)) options.passThrough(message, response)
    else {
      handler(new NodeRequest(message), (reply) => {
        // Else busy connections would go on bringing visitors to a tracker that wants to end.
        if (!server.listening) response.shouldKeepAlive = false
        send(response, reply)
      })
    }
  }
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      requestTimeout: 30_000,
      headersTimeout: 15_000,
      keepAliveTimeout: 20_000,
      noDelay: true,
      // Most visits have no body: nothing is made ready to read one, and `readBody` finds it ended.
      optimizeEmptyRequests: true,
    },
    onRequest,
  )
  const refuse = refuseUnreadable(MAX_HEADER_BYTES)
  server.on('clientError', (error, socket) => {
    if (!answerUnencoded(error, socket, onRequest)) refuse(error, socket)
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: options.host, port: options.port, backlog: 4096 }, () => {
      server.off('error', reject)
      resolve({ port: (server.address() as AddressInfo).port, close: () => closeServer(server) })
    })
  })
}

class NodeRequest implements FrontRequest {
  readonly #message: IncomingMessage
  constructor(message: IncomingMessage) {
    this.#message = message
  }
  get method(): string {
    return this.#message.method ?? 'GET'
  }
  get url(): string {
    return this.#message.url ?? '/'
  }
  get headers(): IncomingHttpHeaders {
    return this.#message.headers
  }
  get socketAddress(): string {
    return this.#message.socket.remoteAddress ?? ''
  }
  get isTls(): boolean {
    return false
  }
  readBody(maxBytes: number): Promise<Buffer | null> {
    return readBody(this.#message, maxBytes)
  }
}

function send(response: ServerResponse, reply: FrontReply): void {
  if (response.destroyed) {
    if (reply.body instanceof Readable) reply.body.destroy()
    return
  }
  try {
    response.writeHead(reply.status, reply.headers as string[])
    if (reply.body instanceof Readable) pipeline(reply.body, response, () => undefined)
    else response.end(reply.body)
  } catch {
    if (reply.body instanceof Readable) reply.body.destroy()
    // Answers are given after the spool's group write, where nobody catches: one header that HTTP refuses must cost its
    // visitor an empty page, not all visitors the tracker.
    response.writeHead(200)
    response.end()
  }
}

function readBody(message: IncomingMessage, maxBytes: number): Promise<Buffer | null> {
  if (message.readableEnded) return Promise.resolve(Buffer.alloc(0))
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let length = 0
    message.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= maxBytes) chunks.push(chunk)
    })
    message.once('end', () => resolve(length <= maxBytes ? Buffer.concat(chunks) : null))
    message.once('close', () => resolve(null))
    message.once('error', () => resolve(null))
  })
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
    setTimeout(() => server.closeAllConnections(), 3000).unref()
  })
}
