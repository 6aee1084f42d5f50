import { timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { createHmacSha256 } from './hmac.ts'

/**
 * Signed text that travels through the visitor's browser: `v1.<key id>.<base64url payload>.<mac>`. Nothing in it is
 * believed without the signature; keys rotate by adding a new first key and keeping the old ones for reading.
 */
export interface TokenKey {
  readonly id: string
  readonly secret: string
}

const MAC_CHARACTERS = 22

/** Made ready once for each key of a snapshot, gone when that is. */
const macs = new WeakMap<TokenKey, (text: string) => string>()

function mac(key: TokenKey, text: string): string {
  let sign = macs.get(key)
  if (!sign) {
    sign = createHmacSha256(key.secret)
    macs.set(key, sign)
  }
  return sign(text).slice(0, MAC_CHARACTERS)
}

function sign(keys: readonly TokenKey[], purpose: string, payload: string): string {
  const key = keys[0]
  if (!key) throw new Error('no token key is configured')
  const body = `v1.${key.id}.${payload}`
  return `${body}.${mac(key, `${purpose}:${body}`)}`
}

function verify(keys: readonly TokenKey[], purpose: string, token: string): string | null {
  const [version, keyId, payload, given, ...more] = token.split('.')
  const key = keys.find((candidate) => candidate.id === keyId)
  if (version !== 'v1' || !key || payload === undefined || given === undefined || more.length > 0) return null
  const expected = Buffer.from(mac(key, `${purpose}:v1.${key.id}.${payload}`))
  // As bytes: a forged signature may have as many characters and more bytes.
  const signature = Buffer.from(given)
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return null
  return payload
}

/**
 * What the landing → offer step must know of the click; the rest is read again from the visitor's request. In a token
 * the values stand in this order without their names, to keep it short: new ones go to the end.
 */
const landingPass = z.object({
  subId: z.string(),
  atMs: z.number(),
  campaignId: z.number(),
  streamId: z.number(),
  landingId: z.number(),
  /** Chosen before the click, 0 = none. */
  offerId: z.number(),
  roll: z.number(),
  visitor: z.string(),
  costMicros: z.number(),
  parentCampaignId: z.number(),
  referrer: z.string(),
  slots: z.record(z.string(), z.string()),
})
export type LandingPass = Readonly<z.infer<typeof landingPass>>
const PASS_FIELDS = Object.keys(landingPass.shape) as (keyof LandingPass)[]

const LANDING = 'lp'
const VISITOR = 'visitor'
const GATEWAY = 'gateway'
/** Keeps tokens well under the 4 kB a cookie may hold. */
const MAX_REFERRER_CHARACTERS = 200
const MAX_SLOT_CHARACTERS = 2200

export function signLandingPass(keys: readonly TokenKey[], pass: LandingPass): string {
  const short = { ...pass, referrer: pass.referrer.slice(0, MAX_REFERRER_CHARACTERS), slots: fitSlots(pass.slots) }
  const payload = PASS_FIELDS.map((name) => short[name])
  return sign(keys, LANDING, Buffer.from(JSON.stringify(payload)).toString('base64url'))
}

/** The pass inside a token, or null if the token was not signed by us. Age is the caller's business. */
export function readLandingPass(keys: readonly TokenKey[], token: string): LandingPass | null {
  const payload = verify(keys, LANDING, token)
  if (payload === null) return null
  const values = parseJson(Buffer.from(payload, 'base64url').toString('utf8'))
  if (!Array.isArray(values)) return null
  const parsed = landingPass.safeParse(Object.fromEntries(PASS_FIELDS.map((name, index) => [name, values[index]])))
  return parsed.success ? parsed.data : null
}

/** What the visitor cookie holds; '' where nothing was asked for. Both are codes of 64 bits in base 36. */
interface VisitorPass {
  /** Keeps a visitor known when the address changes. */
  readonly visitor: string
  /** The browser, drawn at random: two behind one address have one each. */
  readonly browser: string
}
const NO_PASS: VisitorPass = { visitor: '', browser: '' }

export const signVisitor = (keys: readonly TokenKey[], { visitor, browser }: VisitorPass): string =>
  sign(keys, VISITOR, browser === '' ? visitor : `${visitor}-${browser}`)

/** Both empty when the token was not signed by us. */
export function readVisitor(keys: readonly TokenKey[], token: string): VisitorPass {
  if (token === '') return NO_PASS
  const payload = verify(keys, VISITOR, token)
  const [, visitor = '', browser = ''] = /^([0-9a-z]{8,14})?(?:-([0-9a-z]{8,14}))?$/.exec(payload ?? '') ?? []
  return visitor === '' && browser === '' ? NO_PASS : { visitor, browser }
}

const gatewayPass = z.object({ url: z.string(), gateway: z.string(), untilMs: z.number() })
type GatewayPass = Readonly<z.infer<typeof gatewayPass>>

/** Where a page of ours may send a visitor on to. */
export const signGateway = (keys: readonly TokenKey[], { url, gateway, untilMs }: GatewayPass): string =>
  sign(keys, GATEWAY, Buffer.from(JSON.stringify([url, gateway, untilMs])).toString('base64url'))

export function readGateway(keys: readonly TokenKey[], token: string): GatewayPass | null {
  const payload = verify(keys, GATEWAY, token)
  const values = payload === null ? null : parseJson(Buffer.from(payload, 'base64url').toString('utf8'))
  if (!Array.isArray(values)) return null
  const [url, gateway, untilMs]: unknown[] = values
  return gatewayPass.safeParse({ url, gateway, untilMs }).data ?? null
}

/** Whole values, the short ones first: half a click id is worth nothing to anybody. */
function fitSlots(slots: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(slots)
  const size = ([name, value]: [string, string]): number => name.length + Buffer.byteLength(JSON.stringify(value)) + 4
  let left = MAX_SLOT_CHARACTERS
  if (entries.reduce((sum, entry) => sum + size(entry), 0) <= left) return slots
  const kept: [string, string][] = []
  for (const entry of entries.sort((a, b) => size(a) - size(b))) {
    left -= size(entry)
    if (left < 0) break
    kept.push(entry)
  }
  return Object.fromEntries(kept)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
