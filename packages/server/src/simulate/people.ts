import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { z } from 'zod'
import type { Random } from './random.ts'

/** Who visits: a real user agent and an address out of a real network. */
export interface Person {
  readonly ip: string
  readonly userAgent: string
  readonly language: string
  readonly isBot: boolean
}

export interface People {
  next(random: Random): Person
}

const agentFile = z.array(z.object({ userAgent: z.string(), weight: z.number(), language: z.string().nullish() }))

const BOTS: readonly [string, ...string[]] = [
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
  'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  'curl/8.5.0',
  'python-requests/2.32.3',
]
const BOT_SHARE = 0.04
/** Visitors come from few countries, as bought traffic does: ranges are drawn from the first part of a shuffled list. */
const RANGES = 4000

/** Reads the data packages: user agents weighted as seen in the wild, IPv4 ranges of the routing table. */
export function loadPeople(random: Random): People {
  const require = createRequire(import.meta.url)
  const agents = agentFile.parse(
    JSON.parse(readFileSync(require.resolve('user-agents').replace(/index\.c?js$/, 'user-agents.json'), 'utf8')),
  )
  const cumulative: number[] = []
  let sum = 0
  for (const agent of agents) {
    sum += agent.weight
    cumulative.push(sum)
  }
  const ranges = readRanges(
    require.resolve('@ip-location-db/asn/package.json').replace('package.json', 'asn-ipv4-num.csv'),
    random,
  )
  return {
    next(own) {
      const [start = 0, end = 0] = ranges[Math.floor(own.next() ** 2 * ranges.length)] ?? []
      const ip = toIp(own.integer(start, end))
      if (own.chance(BOT_SHARE)) return { ip, userAgent: own.pick(BOTS), language: '', isBot: true }
      const at = own.next() * sum
      const agent = agents[lowerBound(cumulative, at)]
      return { ip, userAgent: agent?.userAgent ?? '', language: agent?.language ?? 'en', isBot: false }
    },
  }
}

function readRanges(path: string, random: Random): (readonly [number, number])[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  return Array.from({ length: RANGES }, () => {
    const [start = 0, end = 0] = (lines[random.integer(0, lines.length - 2)] ?? '').split(',').map(Number)
    return [start, end] as const
  })
}

const toIp = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')

function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0
  let high = sorted.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}
