import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathsOf } from '../../packages/server/src/paths.ts'
import { createRandom, type Random } from '../../packages/server/src/simulate/random.ts'
import { startYard, type Yard } from '../harness.ts'
import { ROLES, type Role, signal } from '../processes.ts'
import { createCampaigns } from './campaigns.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { type Ledger, startTraffic } from './traffic.ts'
import { type Findings, verify } from './verify.ts'

/** Who is killed, in turn. `all`: the three at once; `power`: the supervisor with them; `supervisor`: it alone. */
const VICTIMS = ['tracker', 'backend', 'store', 'all', 'supervisor', 'power'] as const
type Victim = (typeof VICTIMS)[number]

export interface Round {
  readonly victim: Victim
  /** A batch was on its way to the store at that moment. */
  readonly midBatch: boolean
  /** The longest time in which no click was answered. */
  readonly silentMs: number
  readonly answeredClicks: number
}

export interface CrashResult {
  readonly rounds: readonly Round[]
  readonly ledger: Ledger
  /** Requests of outgoing postbacks that were made, and what they told. */
  readonly requests: number
  readonly told: number
  readonly findings: Findings
}

export interface CrashOptions {
  readonly rounds: number
  readonly seed: number
  readonly onRound?: (round: Round) => void
}

const BACK_MS = 20_000
const COST_UPDATES_EACH = 2
const COSTS_MS = 60_000
/** A store that was just killed takes seconds to come back on a busy machine, and stores nothing before. */
const BATCH_WAIT_MS = 10_000

/** Machines that do much else besides store slowly; what is checked is that it comes to the right end. */
const STORED_MS = 180_000
const DELIVERED_MS = 60_000

const ENV = {
  // Small segments, so that kills meet rotations too; all of them are recounted at the end.
  TRACKYARD_SPOOL_SEGMENT_BYTES: '262144',
  TRACKYARD_SPOOL_KEEP_HOURS: '1000',
  TRACKYARD_ALLOW_PRIVATE_TARGETS: 'true',
  TRACKYARD_LOG_LEVEL: 'warn',
}

/** Kills processes under steady traffic, then asks the store and a receiver of postbacks what is left of it. */
export async function crash(options: CrashOptions): Promise<CrashResult> {
  const receiver = await startReceiver()
  try {
    const yard = await startYard({ env: ENV })
    try {
      return await killUnderTraffic(yard, receiver, options)
    } finally {
      await yard.dispose()
    }
  } finally {
    receiver.close()
  }
}

async function killUnderTraffic(yard: Yard, receiver: Receiver, options: CrashOptions): Promise<CrashResult> {
  const random = createRandom(options.seed)
  const campaigns = await createCampaigns(yard, receiver.base)
  const traffic = startTraffic(yard, campaigns, options.seed)
  const rounds: Round[] = []
  await sleep(500)
  for (let index = 0; index < options.rounds; index++) {
    const victim = VICTIMS[index % VICTIMS.length] ?? 'tracker'
    // The admin side takes longer to come back than visitors wait: without this it would hardly ever be there to be killed.
    const enough = traffic.ledger.costUpdates + COST_UPDATES_EACH
    await yard.until('costs are changed again', COSTS_MS, async () => traffic.ledger.costUpdates >= enough)
    await pickMoment(yard, victim, random)
    traffic.longestSilenceMs()
    kill(yard, victim)
    const midBatch = hasPendingBatch(yard)
    if (victim === 'supervisor' || victim === 'power') yard.launch()
    await yard.until('every process runs again', BACK_MS, async () => Object.keys(yard.pids()).length === ROLES.length)
    const answered = traffic.ledger.clicks.size
    await yard.until('visitors are answered again', BACK_MS, async () => traffic.ledger.clicks.size > answered)
    const silentMs = traffic.longestSilenceMs()
    const round: Round = { victim, midBatch, silentMs, answeredClicks: traffic.ledger.clicks.size }
    rounds.push(round)
    options.onRound?.(round)
  }
  await sleep(500)
  await traffic.stop()
  await yard.waitUntilStored(STORED_MS)
  await yard.until(
    'no postback waits',
    DELIVERED_MS,
    async () => (await yard.metric('trackyard_postbacks_queued')) === 0,
  )
  const { ledger } = traffic
  const findings = await verify(yard, ledger, receiver)
  return { rounds, ledger, requests: receiver.requests(), told: receiver.heard.size, findings }
}

/** Mostly while a batch is being stored, which is where things could go wrong; else at any time. */
async function pickMoment(yard: Yard, victim: Victim, random: Random): Promise<void> {
  await sleep(random.integer(50, 900))
  if (victim === 'tracker' || !random.chance(0.75)) return
  const giveUpAt = performance.now() + BATCH_WAIT_MS
  while (!hasPendingBatch(yard) && performance.now() < giveUpAt) await sleep(1)
  await sleep(random.integer(0, 12))
}

function hasPendingBatch(yard: Yard): boolean {
  const path = pathsOf(yard.dataDir).ingestState
  return existsSync(path) && !readFileSync(path, 'utf8').includes('"pending":null')
}

function kill(yard: Yard, victim: Victim): void {
  const pids = yard.pids()
  const roles: readonly Role[] =
    victim === 'all' || victim === 'power' ? ROLES : ROLES.filter((role) => role === victim)
  if (victim === 'supervisor' || victim === 'power') signal(yard.supervisorPid, 'SIGKILL')
  for (const role of roles) {
    const pid = pids[role]
    if (pid !== undefined) signal(pid, 'SIGKILL')
  }
}
