import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathsOf } from '../../packages/server/src/paths.ts'
import { createRandom, type Random } from '../../packages/server/src/simulate/random.ts'
import { startYard, type Yard } from '../harness.ts'
import { ROLES, type Role, signal } from '../processes.ts'
import { createCampaigns, type Ledger, startTraffic } from './traffic.ts'
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
  readonly findings: Findings
}

export interface CrashOptions {
  readonly rounds: number
  readonly seed: number
  readonly onRound?: (round: Round) => void
}

const BACK_MS = 20_000
/** A store that was just killed takes seconds to come back on a busy machine, and stores nothing before. */
const BATCH_WAIT_MS = 10_000

/** Kills processes under steady traffic, then asks the store what is left of it. */
export async function crash(options: CrashOptions): Promise<CrashResult> {
  const random = createRandom(options.seed)
  // Small segments, so that kills meet rotations too.
  const yard = await startYard({ env: { TRACKYARD_SPOOL_SEGMENT_BYTES: '262144', TRACKYARD_LOG_LEVEL: 'warn' } })
  try {
    const campaigns = await createCampaigns(yard)
    const traffic = startTraffic(yard, campaigns, options.seed)
    const rounds: Round[] = []
    await sleep(500)
    for (let index = 0; index < options.rounds; index++) {
      const victim = VICTIMS[index % VICTIMS.length] ?? 'tracker'
      await pickMoment(yard, victim, random)
      traffic.longestSilenceMs()
      kill(yard, victim)
      const midBatch = hasPendingBatch(yard)
      if (victim === 'supervisor' || victim === 'power') yard.launch()
      await yard.until(
        'every process runs again',
        BACK_MS,
        async () => Object.keys(yard.pids()).length === ROLES.length,
      )
      const answered = traffic.ledger.clicks.size
      await yard.until('visitors are answered again', BACK_MS, async () => traffic.ledger.clicks.size > answered)
      const silentMs = traffic.longestSilenceMs()
      const round: Round = { victim, midBatch, silentMs, answeredClicks: traffic.ledger.clicks.size }
      rounds.push(round)
      options.onRound?.(round)
    }
    await sleep(500)
    await traffic.stop()
    await yard.waitUntilStored()
    return { rounds, ledger: traffic.ledger, findings: await verify(yard, traffic.ledger) }
  } finally {
    await yard.dispose()
  }
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
