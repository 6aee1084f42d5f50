import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EntityKind, EntityOf } from '@trackyard/core/entities/index.ts'
import { parseNewFields } from '@trackyard/core/entities/parse.ts'
import { ok } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { pathsOf } from '../packages/server/src/paths.ts'
import type { ConfigWriter } from '../packages/server/src/stores/config/port.ts'
import { openSqliteConfigStore } from '../packages/server/src/stores/config/sqlite.ts'
import { startBareServer } from './lib/baselines.ts'
import { type Ask, leanClient } from './lib/lean-client.ts'
import { memoryMb } from './lib/process-use.ts'
import { type Benchmark, type Line, rounded } from './lib/report.ts'
import { interleave, median, timed } from './lib/rounds.ts'
import { API_KEY, type Stack, startStack } from './lib/stack.ts'

const STREAMS_EACH = 2
const MAX_PAUSE_MS = 60
/** Campaigns from id 20 on that even the small form has. */
const SEEDED_AT_LEAST = 30
const created = z.object({ id: z.number() })
const list = z.array(z.unknown())

/** Reading and writing single entities and whole lists through the public port, with thousands of campaigns. */
export const api: Benchmark = {
  name: 'api',
  about: 'the Admin API with 5 000 campaigns',
  async run({ small }) {
    const campaigns = small ? 50 : 5000
    const dataDir = mkdtempSync(join(tmpdir(), 'trackyard-api-'))
    await seed(dataDir, campaigns)
    const stack = await startStack({ dataDir })
    const bare = await startBareServer()
    const askBare = leanClient(bare.port)
    const ask = leanClient(stack.port, { 'api-key': API_KEY, 'api-dialect': 'modern' })
    try {
      const ways = { [BARE]: () => askBare('GET', '/?k=1'), ...singleEntities(ask) }
      const singles = await measure(ways, small ? 3 : 150, 0)
      const paused = await measure(ways, small ? 1 : 100, MAX_PAUSE_MS)
      const liveMs = await untilLive(stack, small ? 1 : 5)
      const lists = await measure(await wholeLists(ask, campaigns), small ? 1 : 9, MAX_PAUSE_MS)
      const slowest = (lines: readonly Line[]): number =>
        Math.max(...lines.filter(({ what }) => what !== BARE && what !== NOTHING).map(({ p50 }) => Number(p50)))
      return {
        title: 'Admin API',
        tables: [
          {
            about: `One entity, ms, with ${campaigns} campaigns of ${STREAMS_EACH} streams each, one request right after another.`,
            lines: singles,
          },
          {
            about:
              'The same after random pauses: processes and processor have to wake up first, as at the least server.',
            lines: paused,
          },
          { about: 'Whole lists, ms.', lines: lists },
          {
            about: 'Beside.',
            lines: [
              { what: 'a new campaign answers clicks after, ms (median)', value: rounded(liveMs) },
              { what: 'backend after all that, MB', value: memoryMb(stack.pids.backend).now },
            ],
          },
        ],
        budgets: [
          { what: 'slowest single entity in a row, p50 ms', measured: slowest(singles), limit: 5, kept: 'at most' },
          { what: 'slowest single entity after pauses, p50 ms', measured: slowest(paused), limit: 5, kept: 'at most' },
          { what: 'slowest list, p50 ms', measured: slowest(lists), limit: 150, kept: 'at most' },
          { what: 'config change live, s', measured: rounded(liveMs / 1000), limit: 1, kept: 'at most' },
        ],
      }
    } finally {
      ask.close()
      askBare.close()
      bare.stop()
      await stack.stop()
    }
  },
}

/** Straight into the store: what is measured is reading them. */
async function seed(dataDir: string, campaigns: number): Promise<void> {
  mkdirSync(dataDir, { recursive: true })
  const store = await openSqliteConfigStore(pathsOf(dataDir).config)
  await store.change({ actor: 'bench', atMs: Date.now() }, async (writer) => {
    const offer = await insert(writer, 'offers', { name: 'Offer', action_payload: 'https://offers.example/' })
    for (let number = 1; number <= campaigns; number++) {
      const campaign = await insert(writer, 'campaigns', { name: `Campaign ${number}`, alias: `c${number}` })
      for (let position = 1; position <= STREAMS_EACH; position++) {
        await insert(writer, 'streams', {
          campaign_id: campaign.id,
          position,
          filters: [{ id: 1, name: 'country', mode: 'accept', payload: ['US', 'CA'] }],
          offers: [{ id: 1, offer_id: offer.id }],
        })
      }
    }
    return ok(undefined)
  })
  await store.close()
}

async function insert<Kind extends EntityKind>(
  writer: ConfigWriter,
  kind: Kind,
  input: Readonly<Record<string, unknown>>,
): Promise<EntityOf<Kind>> {
  const fields = parseNewFields(kind, input)
  if (!fields.ok) throw new Error(JSON.stringify(fields.problems))
  return writer.insert(kind, fields.value)
}

type Ways = Readonly<Record<string, () => Promise<unknown>>>

const BARE = 'the least server in node:http, beside'
const NOTHING = 'an address that does not exist (nothing to do)'

function singleEntities(ask: Ask): Ways {
  let number = 0
  const next = (): number => ++number
  return {
    [NOTHING]: () => ask('GET', '/admin_api/v1/nothing'),
    'read a campaign': good(ask, 'GET', '/campaigns/17'),
    'change a campaign': good(ask, 'PUT', '/campaigns/17', () => ({ name: `Renamed ${next()}` })),
    'create a campaign': good(ask, 'POST', '/campaigns', () => ({ name: `New ${next()}`, alias: `new${number}` })),
    'read a stream': good(ask, 'GET', '/streams/17'),
    'change a stream': good(ask, 'PUT', '/streams/17', () => ({ weight: next() % 100 })),
    // Another campaign each time: one with a hundred streams would be measured otherwise.
    'create a stream': good(ask, 'POST', '/streams', () => ({
      campaign_id: 20 + (next() % SEEDED_AT_LEAST),
      schema: 'redirect',
      action_payload: 'https://o.example/',
    })),
    'read an offer': good(ask, 'GET', '/offers/1'),
    'change an offer': good(ask, 'PUT', '/offers/1', () => ({ name: `Offer ${next()}` })),
    'create an offer': good(ask, 'POST', '/offers', () => ({ name: `Offer ${next()}` })),
    'streams of a campaign': good(ask, 'GET', '/campaigns/18/streams'),
  }
}

async function wholeLists(ask: Ask, campaigns: number): Promise<Ways> {
  const whole = async (path: string, count: number) => {
    const read = good(ask, 'GET', path)
    const found = list.parse(JSON.parse(await read())).length
    if (found < count) throw new Error(`${path} has ${found} entries, not ${count}`)
    return read
  }
  return {
    'every campaign': await whole('/campaigns', campaigns),
    'every stream': await whole('/streams', campaigns * STREAMS_EACH),
  }
}

/** A request that is not measured unless it succeeds; what it makes answers the text. */
const good = (ask: Ask, method: string, path: string, body?: () => unknown) => async (): Promise<string> => {
  const { status, text } = await ask(method, `/admin_api/v1${path}`, body?.())
  if (status !== 200 && status !== 201) throw new Error(`${method} ${path}: ${status} ${text}`)
  return text
}

/** Pauses are random: in a fixed rhythm, publishing what was changed before would always hit the same requests. */
async function measure(ways: Ways, rounds: number, maxPauseMs: number): Promise<Line[]> {
  const later = (work: () => Promise<unknown>) => async (): Promise<number> => {
    if (maxPauseMs > 0) await sleep(Math.random() * maxPauseMs)
    return timed(work)
  }
  const timedWays = Object.fromEntries(Object.entries(ways).map(([name, work]) => [name, later(work)]))
  return Object.entries(await interleave(timedWays, { rounds })).map(([what, times]) => ({
    what,
    p50: rounded(median(times)),
    p95: rounded(times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? 0),
  }))
}

/** From the answer of the API to the first visitor who is sent on. */
async function untilLive({ api: call, base }: Stack, rounds: number): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const alias = `live${round}`
    const campaign = created.parse(await call('POST', '/campaigns', { name: alias, alias }))
    const startedAt = performance.now()
    await call('POST', '/streams', {
      campaign_id: campaign.id,
      schema: 'redirect',
      action_payload: 'https://o.example/',
    })
    while ((await fetch(new URL(`/${alias}`, base), { redirect: 'manual' })).status !== 302) await sleep(5)
    times.push(performance.now() - startedAt)
  }
  return median(times)
}
