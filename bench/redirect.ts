import { type Baseline, startBareServer, startNginx } from './lib/baselines.ts'
import { ALIAS, createEightStreams, PLAIN_ALIAS } from './lib/eight-streams.ts'
import { type LoadGenerator, startLoadGenerator } from './lib/load.ts'
import type { LoadResult } from './lib/load-generator.ts'
import { cpuSeconds } from './lib/process-use.ts'
import { type Benchmark, type Line, type Outcome, rounded } from './lib/report.ts'
import { interleave, median } from './lib/rounds.ts'
import { type Stack, startStack } from './lib/stack.ts'

const CONNECTIONS = 64
const LATENCY_CONNECTIONS = 256

const PLAIN = 'trackyard, plain campaign'
const PAUSED = 'trackyard, storing paused'

/** What one round of one server gave. */
interface Round {
  readonly load: LoadResult
  /** Answers for a second of the server's CPU time. */
  readonly perCpuSecond: number
  readonly cpuShare: number
  /** Microseconds of the other processes' CPU for a click. */
  readonly backendMicros: number
  readonly storeMicros: number
}

/** A recorded redirect beside the least server in node:http and nginx: requests for a CPU second, and latency. */
export const redirect: Benchmark = {
  name: 'redirect',
  about: 'recorded redirect beside bare node:http and nginx',
  async run({ small }) {
    const stack = await startStack()
    const generator = startLoadGenerator()
    const bare = await startBareServer()
    const nginx = await startNginx()
    try {
      await createEightStreams(stack.api, stack.base)
      return await measure(stack, { bare, nginx }, generator, small)
    } finally {
      generator.close()
      bare.stop()
      nginx?.stop()
      await stack.stop()
    }
  },
}

async function measure(
  stack: Stack,
  { bare, nginx }: { bare: Baseline; nginx: Baseline | null },
  generator: LoadGenerator,
  small: boolean,
): Promise<Outcome> {
  const durationMs = small ? 300 : 3000
  const rounds = small ? 1 : 5
  let seed = 1
  const runOn = (target: Target, connections: number, ratePerSecond: number) => async (): Promise<Round> => {
    const [before, backendBefore, storeBefore] = useOf(target)
    if (target.isStoringPaused) signal(target, 'SIGSTOP')
    const load = await generator.run({
      port: target.port,
      alias: target.alias ?? ALIAS,
      seed: seed++,
      connections,
      durationMs,
      ratePerSecond,
    })
    if (target.isStoringPaused) signal(target, 'SIGCONT')
    const [after] = useOf(target)
    // What a round spooled is stored before the next begins, so that no round pays for another.
    if (target.others) await stack.drained()
    const [, backendAfter, storeAfter] = useOf(target)
    if (load.failed > 0 || Object.keys(load.statuses).some((status) => status !== '302'))
      throw new Error(`not every request was answered by a redirect: ${JSON.stringify(load)}`)
    return {
      load,
      perCpuSecond: load.answered / (after - before),
      cpuShare: (after - before) / load.seconds,
      backendMicros: ((backendAfter - backendBefore) / load.answered) * 1e6,
      storeMicros: ((storeAfter - storeBefore) / load.answered) * 1e6,
    }
  }
  const paused: Target = { port: stack.port, pid: stack.pids.tracker, others: stack.pids, isStoringPaused: true }
  const tracker: Target = { port: stack.port, pid: stack.pids.tracker, others: stack.pids }
  const plain: Target = { ...tracker, alias: PLAIN_ALIAS }
  const targets = {
    trackyard: tracker,
    [PLAIN]: plain,
    'bare node:http': bare,
    ...(nginx ? { 'nginx return 302': nginx } : {}),
  }

  const full = await interleave(
    Object.fromEntries(Object.entries(targets).map(([name, target]) => [name, runOn(target, CONNECTIONS, 0)])),
    { rounds, warmUps: small ? 0 : 1 },
  )
  const saturation = medianOf(full.trackyard ?? [], ({ load }) => load.answered / load.seconds)
  const half = await interleave(
    Object.fromEntries(
      Object.entries({ ...targets, [PAUSED]: paused }).map(([name, target]) => [
        name,
        runOn(target, LATENCY_CONNECTIONS, saturation / 2),
      ]),
    ),
    { rounds: small ? 1 : 5, warmUps: small ? 0 : 1 },
  )
  return outcomeOf(full, half)
}

interface Target {
  readonly port: number
  readonly pid: number
  readonly alias?: string
  readonly others?: { readonly backend: number; readonly store: number }
  /** Backend and store stand still during the round, so that they do not take the load generator's and tracker's cores. */
  readonly isStoringPaused?: true
}

function signal({ others }: Target, name: NodeJS.Signals): void {
  for (const pid of others ? [others.backend, others.store] : []) process.kill(pid, name)
}

const useOf = ({ pid, others }: Target): readonly [own: number, backend: number, store: number] => [
  cpuSeconds(pid),
  others ? cpuSeconds(others.backend) : 0,
  others ? cpuSeconds(others.store) : 0,
]

const medianOf = (rounds: readonly Round[], read: (round: Round) => number): number => median(rounds.map(read))

function outcomeOf(full: Record<string, Round[]>, half: Record<string, Round[]>): Outcome {
  const own = full.trackyard ?? []
  const bare = full['bare node:http'] ?? []
  const ratios = own.map((round, index) => round.perCpuSecond / (bare[index]?.perCpuSecond ?? Number.NaN))
  const plain = full[PLAIN] ?? []
  const byUse = own.map((round, index) => (plain[index]?.perCpuSecond ?? Number.NaN) / round.perCpuSecond)
  const bareMedian = medianOf(bare, (round) => round.perCpuSecond)
  const speed: Line[] = Object.entries(full).map(([server, rounds]) => {
    const perCpuSecond = medianOf(rounds, (round) => round.perCpuSecond)
    return {
      server,
      'requests / CPU-s': Math.round(perCpuSecond),
      'µs CPU / request': rounded(1e6 / perCpuSecond),
      'ratio to bare': rounded(perCpuSecond / bareMedian),
      'requests / s': Math.round(medianOf(rounds, ({ load }) => load.answered / load.seconds)),
      'share of a core': rounded(
        medianOf(rounds, (round) => round.cpuShare),
        2,
      ),
    }
  })
  const latency: Line[] = Object.entries(half).map(([server, rounds]) => ({
    server,
    'requests / s': Math.round(medianOf(rounds, ({ load }) => load.answered / load.seconds)),
    'p50 ms': rounded(medianOf(rounds, ({ load }) => load.p50Ms)),
    'p99 ms': rounded(medianOf(rounds, ({ load }) => load.p99Ms)),
    'max ms': rounded(medianOf(rounds, ({ load }) => load.maxMs)),
  }))
  const alone = latency.find(({ server }) => server === PAUSED)
  const ingest: Line[] = (['backendMicros', 'storeMicros'] as const).map((name) => ({
    process: name.replace('Micros', ''),
    'µs CPU / click': Math.round(medianOf(own, (round) => round[name])),
  }))
  return {
    title: 'Recorded redirect',
    tables: [
      { about: `As fast as ${CONNECTIONS} connections go, medians of ${own.length} interleaved rounds.`, lines: speed },
      { about: 'What storing those clicks cost the other processes.', lines: ingest },
      { about: 'At half of that rate, arrivals at random (open loop).', lines: latency },
    ],
    budgets: [
      { what: 'ratio to bare node:http', measured: rounded(median(ratios)), limit: 0.6, kept: 'at least' },
      { what: 'p50 ms', measured: Number(latency[0]?.['p50 ms']), limit: 1, kept: 'at most' },
      { what: 'p99 ms', measured: Number(latency[0]?.['p99 ms']), limit: 5, kept: 'at most' },
      // docs/adr/0008: what to watch while those are not reached.
      { what: 'the same ratio, to watch', measured: rounded(median(ratios)), limit: 0.3, kept: 'at least' },
      {
        what: 'eight streams beside a plain campaign, CPU',
        measured: rounded(median(byUse)),
        limit: 1.3,
        kept: 'at most',
      },
      { what: 'p50 ms, storing paused', measured: Number(alone?.['p50 ms']), limit: 1.5, kept: 'at most' },
      { what: 'p99 ms, storing paused', measured: Number(alone?.['p99 ms']), limit: 10, kept: 'at most' },
    ],
  }
}
