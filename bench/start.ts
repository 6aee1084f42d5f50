import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ALIAS, createEightStreams } from './lib/eight-streams.ts'
import { memoryMb } from './lib/process-use.ts'
import { type Benchmark, rounded } from './lib/report.ts'
import { median } from './lib/rounds.ts'
import { startStack } from './lib/stack.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const GIVE_UP_MS = 60_000

/** From `npm start` to the first answer a visitor gets, and the memory of the three processes at rest. */
export const start: Benchmark = {
  name: 'start',
  about: 'time to the first click, memory at rest',
  async run({ small }) {
    const dir = mkdtempSync(join(tmpdir(), 'trackyard-start-'))
    try {
      const stack = await startStack({ dataDir: join(dir, 'used') })
      await createEightStreams(stack.api, stack.base)
      // The table of networks is made in the background after the first start and loaded when it is there.
      await sleep(small ? 500 : 12_000)
      const memory = Object.entries(stack.pids).map(([name, pid]) => ({ name, ...memoryMb(pid) }))
      await stack.stop({ keep: true })
      const rounds = Array.from({ length: small ? 1 : 5 }, (_, index) => index)
      const used: number[] = []
      const fresh: number[] = []
      for (const round of rounds) {
        used.push(await timeToAnswer(join(dir, 'used'), `/${ALIAS}?keyword=first`, 302))
        fresh.push(await timeToAnswer(join(dir, `fresh${round}`), '/nothing', 404))
      }
      const of = (name: string): number => memory.find((one) => one.name === name)?.now ?? 0
      const usedMs = Math.round(median(used))
      const freshMs = Math.round(median(fresh))
      return {
        title: 'Start and memory',
        tables: [
          {
            about: `\`npm start\` to the first answer, medians of ${rounds.length}.`,
            lines: [
              { 'data directory': 'in use: a click is redirected', ms: usedMs },
              { 'data directory': 'fresh: an unknown address is refused', ms: freshMs },
            ],
          },
          {
            about: 'Memory at rest (resident), in MB.',
            lines: memory.map(({ name, now, peak }) => ({ process: name, now, peak })),
          },
        ],
        budgets: [
          { what: 's to the first click', measured: rounded(usedMs / 1000), limit: 1.5, kept: 'at most' },
          { what: 's to the first answer, fresh', measured: rounded(freshMs / 1000), limit: 1.5, kept: 'at most' },
          { what: 'tracker at rest, MB', measured: of('tracker'), limit: 280, kept: 'at most' },
          { what: 'backend at rest, MB', measured: of('backend'), limit: 250, kept: 'at most' },
          { what: 'store at rest, MB', measured: of('store'), limit: 500, kept: 'at most' },
        ],
      }
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  },
}

/** Asks every few milliseconds until the answer is the expected one; until then there is no answer or 503. */
async function timeToAnswer(dataDir: string, path: string, expected: number): Promise<number> {
  const port = await freePort()
  const startedAt = performance.now()
  const child = spawn('npm', ['start', '--silent'], {
    cwd: ROOT,
    // A group of its own, because npm does not pass every signal on.
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      TRACKYARD_DATA_DIR: dataDir,
      TRACKYARD_PORT: String(port),
      TRACKYARD_ADMIN_PASSWORD: 'benchmark-password',
    },
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  try {
    for (;;) {
      const status = await statusOf(port, path)
      const elapsedMs = performance.now() - startedAt
      if (status === expected) return elapsedMs
      if (elapsedMs > GIVE_UP_MS) throw new Error(`no answer ${expected} after ${GIVE_UP_MS} ms, last ${status}`)
      await sleep(5)
    }
  } finally {
    if (child.pid) process.kill(-child.pid, 'SIGTERM')
    await exited
    while ((await statusOf(port, '/healthz')) !== 0) await sleep(50)
    // The store lets its folder go after the tracker has closed.
    await sleep(1000)
  }
}

/** 0 when nobody answers. */
function statusOf(port: number, path: string): Promise<number> {
  return new Promise((resolve) => {
    const sent = request({ port, host: '127.0.0.1', path, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.once('error', () => resolve(0))
    sent.end()
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      probe.close(() => resolve(port))
    })
  })
}
