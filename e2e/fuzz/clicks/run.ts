import { readFileSync } from 'node:fs'
import { createRandom } from '../random.ts'
import { type FuzzRequest, type Learnt, makeRequest } from './requests.ts'
import { type Outcome, openWire, type WireReply } from './wire.ts'
import { openWorld, type World } from './world.ts'

export interface ClickFuzz {
  readonly requests: number
  readonly seconds: number
  readonly byStatus: ReadonlyMap<number, number>
  /** What should not have happened, with the request that did it. */
  readonly findings: readonly Finding[]
  readonly clicks: number
  /** Resident memory of the tracker at the start, halfway, at the end and at its highest. */
  readonly memoryMb: { readonly start: number; readonly half: number; readonly end: number; readonly peak: number }
}
export interface Finding {
  readonly number: number
  readonly request: string
  readonly wrong: string
}

const CONNECTIONS = 16
const KEPT = 200
const MAX_FINDINGS = 50

/**
 * Throws requests at a real tracker over kept connections. The requests of a seed are the same each time but for the
 * tokens and ids that answers gave away.
 */
export async function fuzzClicks(count: number, seed: number): Promise<ClickFuzz> {
  const world = await openWorld()
  try {
    return await fuzzWorld(world, count, seed)
  } finally {
    await world.yard.dispose()
  }
}

async function fuzzWorld(world: World, count: number, seed: number): Promise<ClickFuzz> {
  const { yard } = world
  const startedAt = performance.now()
  const pids = yard.pids()
  const learnt: Learnt = { tokens: [], subIds: [], visitors: [] }
  const byStatus = new Map<number, number>()
  const findings: Finding[] = []
  const memory: number[] = [residentMb(pids.tracker)]
  let number = 0
  let half = 0
  const found = (at: number, request: string, wrong: string): void => {
    if (findings.length < MAX_FINDINGS) findings.push({ number: at, request, wrong })
  }

  const worker = async (index: number): Promise<void> => {
    const random = createRandom(seed * 1000 + index)
    const wire = openWire(Number(yard.base.port))
    while (number < count && findings.length < MAX_FINDINGS) {
      const own = ++number
      const request = makeRequest(world, learnt, random)
      const outcome = await answerOf(wire, request)
      if (own % 1000 === 0) memory.push(residentMb(pids.tracker))
      if (own === Math.floor(count / 2)) half = residentMb(pids.tracker)
      const text = request.bytes.toString('latin1').slice(0, 3000)
      if (outcome.kind !== 'reply') {
        if (!(request.isBroken && outcome.kind === 'closed'))
          found(own, text, `${outcome.kind}: ${outcome.bytes.slice(0, 300)}`)
        continue
      }
      const { reply } = outcome
      byStatus.set(reply.status, (byStatus.get(reply.status) ?? 0) + 1)
      learn(reply, learnt, random.below)
      const wrong = wrongOf(reply, world)
      if (wrong !== null) found(own, text, wrong)
    }
    wire.close()
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, index) => worker(index)))

  const seconds = (performance.now() - startedAt) / 1000
  const failures = await yard.metric('trackyard_request_failures_total')
  if (failures !== 0) found(number, '(all)', `${failures} requests failed inside: ${yard.output.slice(-3000)}`)
  const lost = await yard.metric('trackyard_spool_lost_records')
  if (lost !== 0) found(number, '(all)', `${lost} records were lost`)
  if (JSON.stringify(yard.pids()) !== JSON.stringify(pids))
    found(number, '(all)', 'a process ended and was started again')
  const end = residentMb(pids.tracker)
  const [start = 0] = memory
  return {
    requests: number,
    seconds,
    byStatus,
    findings,
    clicks: await yard.metric('trackyard_clicks_total'),
    memoryMb: { start, half, end, peak: Math.max(end, ...memory) },
  }
}

/** A connection that was just being closed is no answer: the request is sent once more on a new one. */
async function answerOf(wire: ReturnType<typeof openWire>, { bytes, isHead, isCut }: FuzzRequest): Promise<Outcome> {
  const outcome = await wire.send(bytes, isHead, isCut)
  return outcome.kind === 'closed' && outcome.bytes === '' ? wire.send(bytes, isHead, isCut) : outcome
}

function wrongOf({ status, headers, body }: WireReply, { hosts }: World): string | null {
  if (status >= 500) return `status ${status}: ${body.slice(0, 300)}`
  if (headers.some(([name]) => name === 'x-injected')) return 'a header of the request is in the answer'
  const location = headers.find(([name]) => name === 'location')?.[1]
  if (location === undefined) return status >= 300 && status < 304 ? `status ${status} leads nowhere` : null
  if (location.startsWith('/lander/')) return null
  if (!URL.canParse(location)) return `location is no URL: ${location.slice(0, 300)}`
  const { host, pathname } = new URL(location)
  const isOwn = pathname === '/' && location.includes('_lp=1')
  return hosts.has(host) || isOwn ? null : `leads elsewhere: ${location.slice(0, 300)}`
}

const COOKIES: readonly (readonly [prefix: string, list: keyof Learnt])[] = [
  ['_token=', 'tokens'],
  ['_subid=', 'subIds'],
  ['_tyv=', 'visitors'],
]

function learn({ headers }: WireReply, learnt: Learnt, below: (limit: number) => number): void {
  for (const [name, value] of headers) {
    if (name !== 'set-cookie') continue
    for (const [prefix, list] of COOKIES) {
      if (!value.startsWith(prefix)) continue
      const text = value.slice(prefix.length, value.indexOf(';'))
      if (learnt[list].length < KEPT) learnt[list].push(text)
      else learnt[list][below(KEPT)] = text
    }
  }
}

/** Where the system does not tell, memory is not judged. */
function residentMb(pid: number | undefined): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}
