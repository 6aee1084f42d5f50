import { lookup } from 'node:dns/promises'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import { isPrivateAddress } from './private-addresses.ts'
import { wordsOf } from './words.ts'

const MAX_REDIRECTS = 5

export interface OutgoingRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

export interface OutgoingLimits {
  readonly allowPrivateTargets: boolean
  /** For everything together: look-ups, redirects and the answer. */
  readonly timeoutMs: number
  /** What is read of the answer; the rest is not waited for. */
  readonly maxBodyBytes: number
}

/** What came back, or why nothing did. */
export interface OutgoingReply {
  /** Null when there was no answer. */
  readonly status: number | null
  readonly body: string
  /** In words, null when an answer came. */
  readonly error: string | null
  /** Where the answer came from, when redirects led elsewhere. */
  readonly redirectedTo: readonly string[]
}

/** How names become addresses, and which of those are private; tests have ones of their own. */
export interface Names {
  resolve(host: string): Promise<readonly string[]>
  isPrivate(address: string): boolean
}
const systemNames: Names = {
  resolve: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
  isPrivate: isPrivateAddress,
}

/**
 * Sends a request that somebody configured. Never throws. A host is looked up once and the connection goes to the
 * address that was judged, so a name cannot change in between; private addresses are refused on every hop unless
 * allowed. Headers and body do not follow a redirect to another origin: they may hold secrets.
 */
export async function sendRequest(
  request: OutgoingRequest,
  limits: OutgoingLimits,
  names: Names = systemNames,
): Promise<OutgoingReply> {
  const signal = AbortSignal.timeout(limits.timeoutMs)
  const redirectedTo: string[] = []
  let current = request
  try {
    for (;;) {
      const reply = await sendOnce(current, limits, names, signal)
      const next = redirectOf(current, reply)
      if (next === null) return { status: reply.status, body: reply.body, error: null, redirectedTo }
      if (redirectedTo.length === MAX_REDIRECTS) throw new Refused(`it redirects more than ${MAX_REDIRECTS} times`)
      redirectedTo.push(next.url)
      current = next
    }
  } catch (error) {
    const words = signal.aborted ? `no answer within ${limits.timeoutMs / 1000} seconds` : wordsOf(error)
    return { status: null, body: '', error: words, redirectedTo }
  }
}

/** Why we do not send; the message is for people. */
class Refused extends Error {}

interface Reply {
  readonly status: number
  readonly location: string
  readonly body: string
}

async function sendOnce(
  { method, url, headers, body }: OutgoingRequest,
  { allowPrivateTargets, maxBodyBytes }: OutgoingLimits,
  names: Names,
  signal: AbortSignal,
): Promise<Reply> {
  if (!URL.canParse(url)) throw new Refused(`the address ${url.slice(0, 100)} cannot be read`)
  const target = new URL(url)
  if (target.protocol !== 'http:' && target.protocol !== 'https:')
    throw new Refused(`the address begins with ${target.protocol} and must begin with http: or https:`)
  const host = target.hostname.replace(/^\[|\]$/g, '')
  const address = await addressOf(host, allowPrivateTargets, names, signal)
  return new Promise((done, reject) => {
    const sent = (target.protocol === 'https:' ? requestHttps : requestHttp)(
      target,
      {
        method,
        headers: { ...headers, ...(body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) }) },
        agent: false,
        signal,
        // The address was judged above; asking again could answer another one.
        lookup: (_host, options, callback) => {
          const family = isIP(address)
          if (options.all) callback(null, [{ address, family }])
          else callback(null, address, family)
        },
      },
      (response) => readReply(response, maxBodyBytes).then(done, reject),
    )
    sent.once('error', reject)
    sent.end(body ?? undefined)
  })
}

async function addressOf(
  host: string,
  allowPrivateTargets: boolean,
  { resolve, isPrivate }: Names,
  signal: AbortSignal,
): Promise<string> {
  const addresses = isIP(host) === 0 ? await abortable(resolve(host), signal) : [host]
  const [address] = addresses.filter((one) => allowPrivateTargets || !isPrivate(one))
  if (address !== undefined) return address
  throw new Refused(
    `${host} is at a private address (${addresses.join(', ')}): requests may go there only with TRACKYARD_ALLOW_PRIVATE_TARGETS=true`,
  )
}

/** Look-ups cannot be cancelled, but nobody has to wait for them. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([
    work,
    new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true }),
    ),
  ])
}

function readReply(response: IncomingMessage, maxBodyBytes: number): Promise<Reply> {
  return new Promise((done, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const finish = () => {
      const body = Buffer.concat(chunks).subarray(0, maxBodyBytes).toString('utf8')
      done({ status: response.statusCode ?? 0, location: response.headers.location ?? '', body })
    }
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      size += chunk.length
      if (size <= maxBodyBytes) return
      finish()
      response.destroy()
    })
    response.once('end', finish)
    response.once('error', reject)
    response.once('close', () => reject(new Refused('the connection was closed in the middle of the answer')))
  })
}

/** Null when the answer is the last one. */
function redirectOf(request: OutgoingRequest, { status, location }: Reply): OutgoingRequest | null {
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
