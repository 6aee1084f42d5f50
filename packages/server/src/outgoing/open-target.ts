import { lookup } from 'node:dns/promises'
import { type Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { type Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import { isPrivateAddress } from './private-addresses.ts'

export const MAX_REDIRECTS = 5

export interface OutgoingRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

/** How names become addresses, and which of those are private; tests have ones of their own. */
export interface Names {
  resolve(host: string): Promise<readonly string[]>
  isPrivate(address: string): boolean
}
export const systemNames: Names = {
  resolve: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
  isPrivate: isPrivateAddress,
}

/** Why we do not send; the message is for people. */
export class Refused extends Error {}
/** The address is private: that says nothing about whether somebody answers there. */
export class Forbidden extends Refused {}

/** Connections that stay open for further requests to the same host and port. */
export interface KeptConnections {
  readonly http: HttpAgent
  readonly https: HttpsAgent
}

export interface OpenOptions {
  readonly allowPrivateTargets: boolean
  readonly names: Names
  readonly signal: AbortSignal
  /** Without them every request has a connection of its own. */
  readonly connections?: KeptConnections | undefined
  /** How long look-up and connection together may take; without it only `signal` ends them. */
  readonly connectMs?: number
}

/**
 * Sends a request and answers when status and headers are there; rejects with words for people. The host is looked up
 * once for each connection, which goes to the address that was judged, so a name cannot change in between.
 */
export async function openTarget(
  { method, url, headers, body }: OutgoingRequest,
  { allowPrivateTargets, names, signal, connections, connectMs }: OpenOptions,
): Promise<IncomingMessage> {
  const target = URL.parse(url)
  if (!target) throw new Refused(`the address ${url.slice(0, 100)} cannot be read`)
  if (target.protocol !== 'http:' && target.protocol !== 'https:')
    throw new Refused(`the address begins with ${target.protocol} and must begin with http: or https:`)
  const host = target.hostname.replace(/^\[|\]$/g, '')
  const connecting = connectMs === undefined ? null : new AbortController()
  const giveUp = (): void => connecting?.abort(new Refused(`no connection within ${(connectMs ?? 0) / 1000} seconds`))
  const timer = connectMs === undefined ? undefined : setTimeout(giveUp, connectMs)
  const either = connecting ? AbortSignal.any([signal, connecting.signal]) : signal
  try {
    const judged = () => addressOf(host, allowPrivateTargets, names, either)
    // An address that stands in the URL is never looked up; a name is when a connection is made, which may be open already.
    const address = connections && isIP(host) === 0 ? null : await judged()
    return await new Promise((done, reject) => {
      const isSecure = target.protocol === 'https:'
      const sent = (isSecure ? requestHttps : requestHttp)(
        {
          // Told part by part: Node takes its time over an object URL.
          ...{ method, hostname: host, port: target.port, path: target.pathname + target.search },
          auth: authOf(target),
          headers: { ...headers, ...(body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) }) },
          agent: connections?.[isSecure ? 'https' : 'http'] ?? false,
          // The address was judged above; asking again could answer another one.
          lookup: (_host, options, callback) => {
            const answer = (address: string): void => {
              const family = isIP(address)
              if (options.all) callback(null, [{ address, family }])
              else callback(null, address, family)
            }
            if (address !== null) answer(address)
            else judged().then(answer, (error: NodeJS.ErrnoException) => callback(error, '', 0))
          },
        },
        done,
      )
      let isKept = false
      sent.once('socket', (socket) => {
        isKept = !socket.connecting
        if (isKept) clearTimeout(timer)
        else if (timer) socket.once(isSecure ? 'secureConnect' : 'connect', () => clearTimeout(timer))
      })
      // Not by the option `signal`, which costs as much as everything else of a request.
      const end = (): void => void sent.destroy(either.reason)
      if (either.aborted) end()
      either.addEventListener('abort', end, { once: true })
      // Stays: a connection may fail again while its answer is being read.
      sent.on('error', (error) => reject(isKept && isReset(error) ? new StaleConnection() : error))
      sent.end(body ?? undefined)
    })
  } finally {
    clearTimeout(timer)
  }
}

const authOf = ({ username, password }: URL): string | undefined =>
  username === '' && password === '' ? undefined : `${decodeURIComponent(username)}:${decodeURIComponent(password)}`

/** A connection that was kept open was closed at the other end before the request came. */
export class StaleConnection extends Error {}
const isReset = (error: Error): boolean => 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')

async function addressOf(
  host: string,
  allowPrivateTargets: boolean,
  { resolve, isPrivate }: Names,
  signal: AbortSignal,
): Promise<string> {
  const addresses = isIP(host) === 0 ? await abortable(resolve(host), signal) : [host]
  const [address] = addresses.filter((one) => allowPrivateTargets || !isPrivate(one))
  if (address !== undefined) return address
  throw new Forbidden(
    `${host} is at a private address (${addresses.join(', ')}): requests may go there only with TRACKYARD_ALLOW_PRIVATE_TARGETS=true`,
  )
}

/** Look-ups cannot be cancelled, but nobody has to wait for them. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([
    work,
    new Promise<never>((_, reject) => {
      const give = () => reject(signal.reason instanceof Refused ? signal.reason : new Error('aborted'))
      if (signal.aborted) give()
      else signal.addEventListener('abort', give, { once: true })
    }),
  ])
}

/** What to ask next when the answer is a redirect; null when it is the last one. */
export function redirectOf(
  request: OutgoingRequest,
  { status, location }: { readonly status: number; readonly location: string },
): OutgoingRequest | null {
  if (![301, 302, 303, 307, 308].includes(status) || location === '' || !URL.canParse(location, request.url))
    return null
  const url = new URL(location, request.url)
  const isSameOrigin = url.origin === new URL(request.url).origin
  const keepsBody = isSameOrigin && (status === 307 || status === 308)
  const { 'user-agent': userAgent } = request.headers
  return {
    method: keepsBody || request.method === 'GET' ? request.method : 'GET',
    url: url.href,
    headers: isSameOrigin
      ? keepsBody
        ? request.headers
        : Object.fromEntries(Object.entries(request.headers).filter(([name]) => name !== 'content-type'))
      : userAgent === undefined
        ? {}
        : { 'user-agent': userAgent },
    body: keepsBody ? request.body : null,
  }
}
