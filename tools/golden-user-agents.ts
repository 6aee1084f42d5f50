import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import crawlers from 'crawler-user-agents'
import { z } from 'zod'

/**
 * Writes packages/server/cases/user-agents.json: real user agents with what another detector, the port of Matomo's,
 * takes them for. Run again when its data are renewed; our parser has no part in it.
 */
const MAX_SAMPLED = 420
const MAX_CRAWLERS = 150

/** Matomo's classes → ours (reference click-processing §8.3). */
const TYPES: Readonly<Record<string, string>> = {
  desktop: 'desktop',
  smartphone: 'mobile',
  'feature phone': 'mobile',
  phablet: 'mobile',
  tablet: 'tablet',
  console: 'console',
  'portable media player': 'media_player',
  tv: 'tv',
  'smart display': 'smart_display',
  'smart speaker': 'smart_display',
  camera: 'camera',
  'car browser': 'car_browser',
}

const require = createRequire(import.meta.url)
const sampledFile = createRequire(import.meta.url)
  .resolve('user-agents')
  .replace(/index\.c?js$/, 'user-agents.json')
const sampled = z.array(z.object({ userAgent: z.string() })).parse(JSON.parse(readFileSync(sampledFile, 'utf8')))
const rare = readFileSync(new URL('./golden-user-agents.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

// Its types describe an export that it has not.
const Detector: new (options: object) => { detect(userAgent: string): unknown } = require('node-device-detector')
const detector = new Detector({ clientIndexes: true, deviceIndexes: true, osIndexes: true })

const name = z.string().nullish()
const detected = z.object({
  os: z.object({ name, version: name }),
  client: z.object({ name, version: name }),
  device: z.object({ type: name, brand: name, model: name }),
})

interface GoldenAgent {
  readonly from: 'traffic' | 'rare' | 'crawler'
  readonly userAgent: string
  readonly type: string
  readonly brand: string
  readonly model: string
  readonly os: string
  readonly osVersion: string
  readonly browser: string
  readonly browserVersion: string
}

function detect(from: GoldenAgent['from'], userAgent: string): GoldenAgent {
  const { os, client, device } = detected.parse(detector.detect(userAgent))
  return {
    from,
    userAgent,
    type: TYPES[device.type ?? ''] ?? 'unknown',
    brand: device.brand ?? '',
    model: device.model ?? '',
    os: os.name ?? '',
    osVersion: os.version ?? '',
    browser: client.name ?? '',
    browserVersion: client.version ?? '',
  }
}

/** What comes first of each kind of visitor, then more of what is left, in the order of the sample. */
function varied(agents: readonly GoldenAgent[], count: number): GoldenAgent[] {
  const kinds = new Set<string>()
  const first = agents.filter(({ type, brand, model, os, browser }) => {
    const kind = [type, brand, model, os, browser].join('|')
    return kinds.has(kind) ? false : kinds.add(kind)
  })
  const more = agents.filter((agent) => !first.includes(agent))
  return [...first, ...more].slice(0, count)
}

const crawlerAgents = crawlers.flatMap(({ instances }) => instances[0] ?? [])
const step = Math.max(1, Math.floor(crawlerAgents.length / MAX_CRAWLERS))
const traffic = [...new Set(sampled.map(({ userAgent }) => userAgent))].map((agent) => detect('traffic', agent))
const golden = [
  ...rare.map((agent) => detect('rare', agent)),
  ...varied(traffic, MAX_SAMPLED),
  // Who collects crawlers says that these are; nobody says what their devices are.
  ...crawlerAgents
    .filter((_, index) => index % step === 0)
    .slice(0, MAX_CRAWLERS)
    .map((userAgent) => ({ from: 'crawler', userAgent })),
]
writeFileSync(
  new URL('../packages/server/cases/user-agents.json', import.meta.url),
  `${JSON.stringify(golden, null, 2)}\n`,
)
process.stdout.write(`${golden.length} user agents written\n`)
