import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type NetworkOrder, type NetworkResult, networkResult, STATUSES } from './lib/affiliate-network.ts'
import { ALIAS, createEightStreams } from './lib/eight-streams.ts'
import { startLoadGenerator } from './lib/load.ts'
import type { LoadResult } from './lib/load-generator.ts'
import { cpuSeconds, memoryMb } from './lib/process-use.ts'
import { type Benchmark, type Line, rounded } from './lib/report.ts'
import { type Stack, startStack } from './lib/stack.ts'

const POSTBACK_KEY = 'benchpostbacks'
/** What is to be sustained each second, and what is reported: a little more, as the last one arrives later than the first. */
const RATE = 1000
const REPORTED = 1050
const REDIRECTS_PER_SECOND = 300
/** Redirects are measured alone and beside postbacks so often in turns. */
const TURNS = 3

/** Postbacks of ours to a receiver on this machine: how fast, at what cost, and what redirects notice of it. */
export const postbacks: Benchmark = {
  name: 'postbacks',
  about: 'outgoing postbacks, and redirects beside them',
  async run({ small }) {
    const env = { TRACKYARD_ALLOW_PRIVATE_TARGETS: 'true', TRACKYARD_POSTBACK_KEY: POSTBACK_KEY }
    const stack = await startStack({ env })
    const generator = startLoadGenerator()
    const network = await startNetwork()
    try {
      await createEightStreams(stack.api, stack.base)
      const url = `http://127.0.0.1:${network.port}/in?c={external_id}&s={subid}&st={status}&r={revenue}`
      await stack.api('POST', '/postbacks', { name: 'Receiver', url, retries: 20, retry_delay: 1 })
      const messages = small ? 150 : 7500
      const steadyMessages = small ? 150 : 10 * REPORTED
      const turns = small ? 1 : TURNS
      const subIds = await visit(stack, (messages + turns * steadyMessages) / STATUSES.length)
      const order = { url: new URL(`/${POSTBACK_KEY}/postback`, stack.base).href, subIds, messages }
      const redirects = (): Promise<LoadResult> =>
        generator.run({
          ...{ port: stack.port, alias: ALIAS, seed: 1, connections: 64 },
          ...{ durationMs: small ? 300 : (steadyMessages / REPORTED) * 1000, ratePerSecond: REDIRECTS_PER_SECOND },
        })
      await stack.drained()
      const [drained, cost] = await measured(stack, () => network.run({ ...order, ratePerSecond: 0 }))
      const rounds: Round[] = []
      for (let turn = 0; turn < turns; turn++) {
        await stack.drained()
        const alone = await redirects()
        await stack.drained()
        const reports = network.run({ ...order, messages: steadyMessages, ratePerSecond: REPORTED })
        const [steady, beside] = await Promise.all([reports, redirects()])
        rounds.push({ alone, beside, steady })
      }
      const backendMb = memoryMb(stack.pids.backend).peak
      return outcomeOf({ drained, cost, rounds, messages, steadyMessages, backendMb })
    } finally {
      generator.close()
      network.stop()
      await stack.stop()
    }
  },
}

interface Round {
  readonly alone: LoadResult
  readonly beside: LoadResult
  readonly steady: NetworkResult
}

interface Measured {
  readonly drained: NetworkResult
  readonly cost: { readonly backendMicros: number; readonly storeMicros: number }
  readonly rounds: readonly Round[]
  /** Of the run at full speed, and of each other one. */
  readonly messages: number
  readonly steadyMessages: number
  /** At its highest, in all of it. */
  readonly backendMb: number
}

function outcomeOf({ drained, cost, rounds, messages, steadyMessages, backendMb }: Measured) {
  if (drained.messages !== messages || rounds.some(({ steady }) => steady.messages !== steadyMessages))
    throw new Error(`not every one of the postbacks arrived: ${JSON.stringify({ drained, rounds })}`)
  const latency = (what: string, load: LoadResult): Line => ({
    redirects: what,
    'requests / s': Math.round(load.answered / load.seconds),
    'p50 ms': rounded(load.p50Ms),
    'p99 ms': rounded(load.p99Ms),
    'max ms': rounded(load.maxMs),
  })
  const rate = (what: string, result: NetworkResult): Line => ({
    reported: what,
    messages: result.messages,
    'sent twice': result.received - result.messages,
    'postbacks / s': perSecond(result),
    'most in a second': result.mostInASecond,
    'last one behind, s': rounded(result.behindSeconds),
  })
  return {
    title: 'Outgoing postbacks',
    tables: [
      {
        about: 'Conversions are reported, stored and told to a receiver on the same machine.',
        lines: [
          rate('as fast as they are taken', drained),
          ...rounds.map(({ steady }) => rate(`${REPORTED} a second, beside redirects`, steady)),
        ],
      },
      {
        about: 'What a conversion costs, from the spool to the answer of the receiver.',
        lines: [
          { process: 'backend', 'µs CPU / conversion': Math.round(cost.backendMicros), 'memory MB': backendMb },
          { process: 'store', 'µs CPU / conversion': Math.round(cost.storeMicros) },
        ],
      },
      {
        about: `Redirects at ${REDIRECTS_PER_SECOND} a second, arrivals at random.`,
        lines: rounds.flatMap(({ alone, beside }) => [
          latency('alone', alone),
          latency(`beside ${REPORTED} postbacks a second`, beside),
        ]),
      },
    ],
    budgets: [
      { what: 'postbacks per second', measured: perSecond(drained), limit: RATE, kept: 'at least' as const },
      {
        what: 'postbacks per second beside redirects, fewest of the turns',
        measured: Math.min(...rounds.map(({ steady }) => perSecond(steady))),
        limit: RATE,
        kept: 'at least' as const,
      },
      {
        what: 'median of redirects beside, ms, worst of the turns',
        measured: rounded(Math.max(...rounds.map(({ beside }) => beside.p50Ms))),
        limit: 1,
        kept: 'at most' as const,
      },
      { what: 'memory of the backend, MB', measured: backendMb, limit: 250, kept: 'at most' as const },
    ],
  }
}

const perSecond = ({ messages, seconds }: NetworkResult): number => Math.round(messages / Math.max(seconds, 0.001))

async function measured(
  stack: Stack,
  work: () => Promise<NetworkResult>,
): Promise<readonly [NetworkResult, Measured['cost']]> {
  const { backend, store } = stack.pids
  const before = [cpuSeconds(backend), cpuSeconds(store)] as const
  const result = await work()
  await stack.drained()
  const micros = (pid: number, from: number): number => ((cpuSeconds(pid) - from) / result.messages) * 1e6
  return [
    result,
    {
      backendMicros: micros(backend, before[0]),
      storeMicros: micros(store, before[1]),
    },
  ]
}

/** Sub ids of so many clicks. */
async function visit(stack: Stack, clicks: number): Promise<string[]> {
  const subIds: string[] = []
  const url = new URL(`/${ALIAS}?external_id=e1`, stack.base)
  const work = async (): Promise<void> => {
    while (subIds.length < clicks) {
      const answer = await fetch(url, { redirect: 'manual' })
      await answer.arrayBuffer()
      const subId = /_subid=([a-z0-9]{17})/.exec(answer.headers.get('set-cookie') ?? '')?.[1]
      if (subId === undefined) throw new Error('a click was answered without an id')
      subIds.push(subId)
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
  return subIds
}

const listening = z.object({ port: z.number() })

interface Network {
  readonly port: number
  run(order: NetworkOrder): Promise<NetworkResult>
  stop(): void
}

function startNetwork(): Promise<Network> {
  const child = fork(fileURLToPath(new URL('./lib/affiliate-network.ts', import.meta.url)), { execArgv: [] })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('message', (message) =>
      resolve({
        port: listening.parse(message).port,
        run: (order) =>
          new Promise((done, fail) => {
            const onExit = (code: number | null): void => fail(new Error(`the network ended with code ${code}`))
            child.once('exit', onExit)
            child.once('message', (answer) => {
              child.off('exit', onExit)
              done(networkResult.parse(answer))
            })
            child.send(order)
          }),
        stop: () => child.disconnect(),
      }),
    )
  })
}
