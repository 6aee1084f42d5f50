import { POSTBACK_KEY } from '../../harness.ts'
import type { Random } from '../random.ts'
import { AGENTS, anyText, encoded, HEADERS, headerText, mutated, PARAMETERS, VALUES } from './texts.ts'
import type { World } from './world.ts'

/** One request as bytes. */
export interface FuzzRequest {
  readonly bytes: Buffer
  readonly isHead: boolean
  /** HTTP itself is broken, so that a refusal or a closed connection is a good answer. */
  readonly isBroken: boolean
  /** It may lack its end, so the connection is closed behind it. */
  readonly isCut: boolean
}

/** What earlier answers gave away, to be sent back whole or damaged. */
export interface Learnt {
  readonly tokens: string[]
  readonly subIds: string[]
  readonly visitors: string[]
}

const METHODS = [
  ...Array<string>(20).fill('GET'),
  ...Array<string>(5).fill('POST'),
  'HEAD',
  'OPTIONS',
  'PUT',
  'DELETE',
  'PATCH',
]

/** The next request; everything in it follows from `random` and what was learnt. */
export function makeRequest(world: World, learnt: Learnt, random: Random): FuzzRequest {
  const method = random.pick(METHODS)
  const target = random.pick(TARGETS)(world, learnt, random)
  const path = random.chance(0.04) ? mutated(target, random) : target
  const body = method === 'POST' || random.chance(0.02) ? bodyOf(world, learnt, random) : ''
  const lines = [`Host: ${random.chance(0.9) ? 'go.example' : headerText(random)}`, ...headersOf(learnt, random)]
  if (body !== '') lines.push(`Content-Length: ${Buffer.byteLength(body, 'latin1')}`)
  const head = `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
  const isBroken = !/^[!-~]+$/.test(path) || lines.some((line) => /[^\t\x20-\x7e\x80-\xff]/.test(line))
  if (!random.chance(0.01))
    return { bytes: Buffer.from(head + body, 'latin1'), isHead: method === 'HEAD', isBroken, isCut: false }
  return { bytes: Buffer.from(mutated(head, random) + body, 'latin1'), isHead: false, isBroken: true, isCut: true }
}

type MakeTarget = (world: World, learnt: Learnt, random: Random) => string

const click: MakeTarget = (world, learnt, random) =>
  `/${random.pick(world.aliases)}${random.chance(0.1) ? `/${encoded(random)}` : ''}?${query(learnt, random)}`

const TARGETS: readonly MakeTarget[] = [
  ...[click, click, click, click, click],
  (_, learnt, random) => `/?_lp=1&_token=${token(learnt, random)}&offer_id=${encoded(random)}&${query(learnt, random)}`,
  (_, learnt, random) => `/?_lp=${encoded(random)}&_token=${token(learnt, random)}`,
  (_, learnt, random) => `/?_update_tokens=1&sub_id=${subId(learnt, random)}&${query(learnt, random)}`,
  (_, learnt, random) =>
    `/${POSTBACK_KEY}/postback?subid=${subId(learnt, random)}&status=${encoded(random)}&payout=${encoded(random)}&${query(learnt, random)}`,
  (world, learnt, random) =>
    `/${random.pick(['click_api/v3', 'api.php', 'click_api/v2', 'click_api/v3/'])}?token=${random.chance(0.8) ? world.campaignToken : encoded(random)}&info=1&log=${encoded(random)}&ip=${encoded(random)}&${query(learnt, random)}`,
  ({ lander, landerVersion }, _, random) =>
    `${lander}${random.pick(['', '/', '/a.css', `/~${landerVersion}/a.css`, '/index.html', `/${encoded(random)}`, '/../../config.sqlite', '/%2e%2e/%00'])}`,
  (_, learnt, random) => `/js/${random.pick(['k.min.js', 'k.js', encoded(random)])}?${query(learnt, random)}`,
  (_, learnt, random) => `/${encoded(random)}?${query(learnt, random)}`,
  (_, __, random) =>
    random.pick([
      '/healthz',
      '/robots.txt',
      '/favicon.ico',
      '//',
      '/%',
      '*',
      '/.well-known/x',
      'http://evil.example/main?q=a',
      '/main#x',
    ]),
]

const token = ({ tokens }: Learnt, random: Random): string => {
  if (tokens.length === 0 || random.chance(0.15)) return encoded(random)
  const known = random.pick(tokens)
  return random.chance(0.25) ? encodeURIComponent(mutated(known, random)) : known
}
const subId = ({ subIds }: Learnt, random: Random): string => {
  if (subIds.length === 0 || random.chance(0.2)) return encoded(random)
  const known = random.pick(subIds)
  return random.chance(0.1) ? encodeURIComponent(mutated(known, random)) : known
}

function query(learnt: Learnt, random: Random): string {
  if (random.chance(0.005)) return `q=${'x'.repeat(random.below(40_000))}`
  if (random.chance(0.005)) return Array.from({ length: 400 }, (_, index) => `p${index}=${index}`).join('&')
  const count = random.below(7)
  const pairs = Array.from({ length: count }, () => {
    const name = random.chance(0.85) ? random.pick(PARAMETERS) : encoded(random)
    if (name === '_token' || name === 'token') return `${name}=${token(learnt, random)}`
    if (name === 'sub_id' || name === 'subid') return `${name}=${subId(learnt, random)}`
    return random.chance(0.03) ? name : `${name}=${encoded(random)}`
  })
  return pairs.join(random.chance(0.02) ? '&&' : '&')
}

function bodyOf(world: World, learnt: Learnt, random: Random): string {
  if (random.chance(0.01)) return 'z'.repeat(random.below(300_000))
  if (random.chance(0.15)) return anyText(random)
  if (random.chance(0.5)) return `token=${world.campaignToken}&${query(learnt, random)}`
  const fields = Object.fromEntries(
    Array.from({ length: random.below(6) }, () => [
      random.pick(PARAMETERS),
      random.chance(0.8) ? random.pick(VALUES) : { [anyText(random)]: [anyText(random)] },
    ]),
  )
  const text = JSON.stringify({ token: world.campaignToken, ...fields })
  return random.chance(0.1) ? mutated(text, random) : text
}

function headersOf(learnt: Learnt, random: Random): string[] {
  const lines: string[] = []
  if (random.chance(0.9)) lines.push(`User-Agent: ${random.chance(0.85) ? random.pick(AGENTS) : headerText(random)}`)
  if (random.chance(0.7)) lines.push(`X-Forwarded-For: ${forwarded(random)}`)
  if (random.chance(0.3)) lines.push(`Cookie: ${cookies(learnt, random)}`)
  for (let left = random.below(4); left > 0; left--) lines.push(random.pick(HEADERS)(random))
  return lines
}

const octet = (random: Random): number => random.below(256)
const forwarded = (random: Random): string =>
  random.chance(0.85)
    ? `${1 + random.below(40)}.${random.below(8)}.${octet(random)}.${octet(random)}`
    : random.chance(0.5)
      ? `2001:db8:${random.below(65_536).toString(16)}::${random.below(65_536).toString(16)}`
      : `${headerText(random)}, 8.8.8.8:99`

function cookies({ tokens, subIds, visitors }: Learnt, random: Random): string {
  const part = (name: string, known: readonly string[]): string => {
    const value = known.length > 0 && random.chance(0.8) ? random.pick(known) : headerText(random)
    return `${name}=${random.chance(0.2) ? mutated(value, random).replace(/[^\x20-\x7e]/g, '?') : value}`
  }
  return [part('_tyv', visitors), part('_token', tokens), part('_subid', subIds)]
    .slice(random.below(3))
    .join(random.chance(0.9) ? '; ' : ';;')
}
