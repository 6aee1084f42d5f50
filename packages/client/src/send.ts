import { ConnectionError, toApiError } from './errors.ts'
import type { CallOptions, ClientOptions } from './options.ts'

const FIRST_PAUSE_MS = 300
const LONGEST_PAUSE_MS = 20_000

export interface Call {
  readonly operation: string
  readonly method: string
  readonly url: string
  readonly body: string | null
  /** Sending it twice does no harm. */
  readonly isRepeatable: boolean
  readonly isRaw: boolean
}

/** An answer, and whether the tracker knows dialects. */
export interface Answer {
  readonly body: unknown
  readonly isModern: boolean
}

/** Sends a call, again when that may help; throws ApiError or ConnectionError. */
export async function send(call: Call, client: ClientOptions, options: CallOptions): Promise<Answer> {
  const retries = options.retries ?? client.retries ?? 2
  for (let tried = 0; ; tried++) {
    const outcome = await attempt(call, client, options)
    if ('answer' in outcome) return outcome.answer
    const isSafe = call.isRepeatable || outcome.isUndone
    if (tried >= retries || !outcome.mayHelp || !isSafe) throw outcome.error
    await pause(outcome.waitMs ?? backOffMs(tried), options.signal)
  }
}

type Outcome =
  | { readonly answer: Answer }
  | {
      readonly error: Error
      readonly mayHelp: boolean
      /** The tracker says that it did nothing, so even what creates may be sent again. */
      readonly isUndone: boolean
      readonly waitMs: number | null
    }

async function attempt(call: Call, client: ClientOptions, { signal, timeoutMs }: CallOptions): Promise<Outcome> {
  const { operation } = call
  const timeout = AbortSignal.timeout(timeoutMs ?? client.timeoutMs ?? 30_000)
  const fetchIt = client.fetch ?? fetch
  try {
    const reply = await fetchIt(call.url, {
      method: call.method,
      headers: headersOf(call, client),
      body: call.body,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(client.apiKey === undefined ? { credentials: 'same-origin' as const } : {}),
    })
    const hints = (reply.headers.get('trackyard-hint') ?? '').split(/(?<=[.?]),\s*/).filter(Boolean)
    for (const hint of hints) client.onHint?.(hint, operation)
    const isModern = reply.headers.get('api-dialect') === 'modern'
    if (reply.ok && call.isRaw) return { answer: { body: await reply.blob(), isModern } }
    const text = await reply.text()
    const body = parsed(text)
    if (reply.ok && body !== undefined) return { answer: { body: text === '' ? undefined : body, isModern } }
    if (reply.ok)
      return {
        error: new ConnectionError(`the answer is no JSON: ${text.slice(0, 100)}`, operation),
        mayHelp: false,
        isUndone: false,
        waitMs: null,
      }
    const mayHelp = reply.status === 429 || reply.status >= 500
    return {
      error: toApiError(reply.status, body, operation, hints),
      mayHelp,
      isUndone: reply.status === 429,
      waitMs: retryAfterMs(reply.headers.get('retry-after')),
    }
  } catch (thrown) {
    // Whoever stopped it wants the reason back, not our words for it.
    if (signal?.aborted) throw signal.reason
    const message = timeout.aborted
      ? 'no answer in time'
      : `no connection (${thrown instanceof Error ? thrown.message : String(thrown)})`
    return { error: new ConnectionError(message, operation, thrown), mayHelp: true, isUndone: false, waitMs: null }
  }
}

function headersOf({ body, method }: Call, { apiKey, csrfToken }: ClientOptions): Record<string, string> {
  return {
    Accept: 'application/json',
    'Api-Dialect': 'modern',
    ...(apiKey === undefined ? {} : { 'Api-Key': apiKey }),
    ...(csrfToken === undefined || method === 'GET' ? {} : { 'X-CSRF-Token': csrfToken }),
    ...(body === null ? {} : { 'Content-Type': 'application/json' }),
  }
}

/** Undefined when it is no JSON; null for an empty body. */
function parsed(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Doubling pauses of random length, so that many clients do not come back at once. */
const backOffMs = (tried: number): number =>
  Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tried) * (0.5 + Math.random() / 2)

/** `Retry-After` in seconds or as a date; null without one. */
function retryAfterMs(value: string | null): number | null {
  if (value === null) return null
  const seconds = Number(value)
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.min(LONGEST_PAUSE_MS, Math.max(0, ms)) : null
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
}
