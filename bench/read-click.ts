import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildAsn, loadAsn } from '../packages/server/src/tracker/asn.ts'
import { createDeviceParser } from '../packages/server/src/tracker/device.ts'
import type { FrontRequest } from '../packages/server/src/tracker/front.ts'
import { dataPackage, openGeo } from '../packages/server/src/tracker/geo-feed.ts'
import { readOrigin } from '../packages/server/src/tracker/headers.ts'
import { compileParameters } from '../packages/server/src/tracker/parameters.ts'
import { parseQuery } from '../packages/server/src/tracker/query.ts'
import { readClick as read } from '../packages/server/src/tracker/read-click.ts'
import { type Benchmark, rounded } from './lib/report.ts'
import { median } from './lib/rounds.ts'

const BATCH = 50

/** readClick() alone: address, parameters, place, device, bot, search engine, on user agents of real traffic. */
export const readClick: Benchmark = {
  name: 'read-click',
  about: 'readClick() alone',
  async run({ small }) {
    const calls = small ? 500 : 10_000
    const dir = mkdtempSync(join(tmpdir(), 'trackyard-read-click-'))
    try {
      await buildAsn(dataPackage('@ip-location-db/asn'), dir)
      const asn = loadAsn(dir)
      const geo = await openGeo(() => asn)
      const requests = Array.from({ length: calls }, (_, nr) => requestOf(nr))
      const map = compileParameters({ sub_id_1: { name: 'zone' } })
      const time = (isWarm: boolean): number => {
        let devices = createDeviceParser()
        const readOne = (request: FrontRequest): unknown => {
          const origin = readOrigin(request.headers, request.socketAddress, null)
          const senses = { geo, devices, nowMs: Date.now, chance: Math.random }
          return read(request, origin, parseQuery('zone=12&keyword=red+shoes&cost=0.01'), map, senses)
        }
        if (isWarm) for (const request of requests) readOne(request)
        const batches: number[] = []
        for (let done = 0; done + BATCH <= calls; done += BATCH) {
          // No user agent of a batch was seen before.
          if (!isWarm) devices = createDeviceParser()
          const startedAt = performance.now()
          for (const request of requests.slice(done, done + BATCH)) readOne(request)
          batches.push(((performance.now() - startedAt) * 1000) / BATCH)
        }
        return median(batches)
      }
      time(false)
      const coldMicros = time(false)
      const warmMicros = time(true)
      return {
        title: 'readClick() alone',
        tables: [
          {
            about: `${calls} requests with ${agents.length} user agents of real traffic from as many addresses, median of batches of ${BATCH}.`,
            lines: [
              { 'user agents': 'never seen before', 'µs / call': rounded(coldMicros) },
              { 'user agents': 'seen before', 'µs / call': rounded(warmMicros) },
            ],
          },
        ],
        budgets: [
          { what: 'µs a call, user agents seen before', measured: rounded(warmMicros), limit: 20, kept: 'at most' },
        ],
      }
    } finally {
      rmSync(dir, { recursive: true })
    }
  },
}

const agents: readonly string[] = readAgents()

function readAgents(): string[] {
  const path = createRequire(import.meta.url)
    .resolve('user-agents')
    .replace(/index\.c?js$/, 'user-agents.json')
  const list: unknown = JSON.parse(readFileSync(path, 'utf8'))
  const found = Array.isArray(list) ? list.map((entry: unknown) => String(Object(entry).userAgent)) : []
  return [...new Set(found)]
}

const requestOf = (nr: number): FrontRequest => ({
  method: 'GET',
  url: '/go',
  headers: {
    host: 'go.example',
    'user-agent': agents[nr % agents.length] ?? '',
    'accept-language': 'de-CH,de;q=0.9,en;q=0.8',
    referer: 'https://www.google.com/',
  },
  socketAddress: `${20 + (nr % 180)}.${(nr * 7) % 256}.${(nr * 31) % 256}.${nr % 256}`,
  isTls: false,
  readBody: async () => null,
})
