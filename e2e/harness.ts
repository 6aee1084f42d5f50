import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { apiOf } from '../packages/server/src/simulate/api.ts'
import type { ApiCall } from '../packages/server/src/simulate/sample-campaigns.ts'
import { type Reply, type SendOptions, send } from './http.ts'
import { processesOn, ROLES, type Role, signal } from './processes.ts'

const CLI = fileURLToPath(new URL('../packages/server/bin/trackyard.js', import.meta.url))
const START_MS = 30_000
const STORED_MS = 60_000
const STOP_MS = 20_000

export const API_KEY = 'e2e-api-key-0123456789'
export const POSTBACK_KEY = 'e2epostback'

const readyBody = z.object({
  ready: z.boolean(),
  tracker: z.object({
    snapshot_version: z.number().nullable(),
    campaigns: z.number(),
    spool_position: z.number(),
    spool_error: z.string().nullable(),
  }),
  backend: z.object({
    up: z.boolean(),
    store_up: z.boolean().optional(),
    ingest: z.object({ position: z.number(), failure: z.string() }).loose().optional(),
  }),
})
export type Ready = z.output<typeof readyBody>

export interface YardOptions {
  readonly env?: Readonly<Record<string, string>>
  /** A directory that exists; a fresh one is made, and removed at the end, when it is left out. */
  readonly dataDir?: string
}

/** Runs a command of Trackyard on a data directory. */
export function run(dataDir: string, args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [CLI, ...args], {
    env: { PATH: process.env.PATH, TRACKYARD_DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Runs a command to its end. */
export async function runToEnd(
  dataDir: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; output: string }> {
  const child = run(dataDir, args, env)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk))
  const [code]: unknown[] = await once(child, 'close')
  return { code: typeof code === 'number' ? code : null, output }
}

/** A real Trackyard for tests: everything under its supervisor, on a data directory and port of its own. */
export class Yard {
  readonly base: URL
  readonly dataDir: string
  readonly env: Readonly<Record<string, string>>
  /** The Admin API; rejects with the server's words. */
  readonly api: ApiCall
  readonly #ownsDir: boolean
  #supervisor: ChildProcess | null = null
  #exit: Promise<number | null> = Promise.resolve(null)
  #output = ''

  /** Use `startYard`. */
  constructor(port: number, options: YardOptions) {
    this.base = new URL(`http://127.0.0.1:${port}`)
    this.#ownsDir = options.dataDir === undefined
    this.dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'trackyard-e2e-'))
    this.env = {
      TRACKYARD_PORT: String(port),
      TRACKYARD_API_KEY: API_KEY,
      TRACKYARD_POSTBACK_KEY: POSTBACK_KEY,
      TRACKYARD_TRUST_PROXY: '127.0.0.1/32',
      ...options.env,
    }
    this.api = apiOf(this.base, API_KEY)
    process.once('exit', this.#killAll)
  }

  /** What the processes printed, all starts together. */
  get output(): string {
    return this.#output
  }

  /** Starts the supervisor, or another command in its place. */
  launch(args: readonly string[] = ['start']): void {
    const child = run(this.dataDir, args, this.env)
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString('utf8')))
    this.#supervisor = child
    this.#exit = new Promise((resolve) => child.once('exit', resolve))
  }

  /** Starts it and waits until everything is up. */
  async start(): Promise<void> {
    this.launch()
    await this.until('everything is up', START_MS, async () => {
      if (this.#supervisor?.exitCode !== null) throw new Error(`Trackyard ended while it started.\n${this.#output}`)
      const status = await this.readyz()
      return status?.ready === true && status.backend.store_up === true
    })
  }

  /** SIGTERM; answers the exit code. */
  async stop(): Promise<number | null> {
    if (this.#supervisor?.exitCode === null) this.#supervisor.kill('SIGTERM')
    const code = await Promise.race([this.#exit, sleep(STOP_MS, undefined, { ref: false })])
    if (code === undefined) throw new Error(`Trackyard did not stop within ${STOP_MS} ms.\n${this.#output}`)
    this.#supervisor = null
    return code
  }

  /** Ends everything by force and removes the directory. */
  async dispose(): Promise<void> {
    this.#killAll()
    await this.#exit
    await this.until('every process has ended', STOP_MS, async () => processesOn(this.dataDir).length === 0)
    process.off('exit', this.#killAll)
    if (this.#ownsDir) rmSync(this.dataDir, { recursive: true, force: true })
  }

  readonly #killAll = (): void => {
    // Those who start others first, so that nothing is started in between.
    for (const { pid } of processesOn(this.dataDir).sort((a, b) => a.pid - b.pid)) signal(pid, 'SIGKILL')
  }

  get supervisorPid(): number {
    return this.#supervisor?.pid ?? 0
  }

  /** Process ids by role; a process that is down is missing. */
  pids(): Partial<Record<Role, number>> {
    const found: Partial<Record<Role, number>> = {}
    for (const { pid, parent, role } of processesOn(this.dataDir)) {
      const known = ROLES.find((name) => name === role)
      if (known && parent === this.supervisorPid) found[known] = pid
    }
    return found
  }

  /** Signals a process of the installation; answers its id, 0 when it was not there. */
  signal(role: Role | 'supervisor', name: NodeJS.Signals): number {
    const pid = role === 'supervisor' ? this.supervisorPid : (this.pids()[role] ?? 0)
    if (pid > 0) signal(pid, name)
    return pid
  }

  send(path: string, options?: SendOptions): Promise<Reply> {
    return send(this.base, path, options)
  }

  postback(query: Readonly<Record<string, string>>, options?: SendOptions): Promise<Reply> {
    return this.send(`/${POSTBACK_KEY}/postback?${new URLSearchParams(query)}`, options)
  }

  /** What /readyz says, null when nobody answers. */
  async readyz(): Promise<Ready | null> {
    const { status, body } = await this.send('/readyz')
    return status === 0 ? null : readyBody.parse(JSON.parse(body))
  }

  async metric(name: string): Promise<number> {
    const { body } = await this.send('/metrics')
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(body)?.[1] ?? Number.NaN)
  }

  /** Resolves when all that is in the spool is in the store. */
  async waitUntilStored(timeoutMs = STORED_MS): Promise<void> {
    await this.until('everything is stored', timeoutMs, async () => {
      const status = await this.readyz()
      return status?.backend.ingest !== undefined && status.backend.ingest.position === status.tracker.spool_position
    })
  }

  /** Polls until `isSo` answers true; rejects with what the processes printed. */
  async until(what: string, timeoutMs: number, isSo: () => Promise<boolean>): Promise<void> {
    const giveUpAt = performance.now() + timeoutMs
    while (!(await isSo())) {
      if (performance.now() > giveUpAt)
        throw new Error(`Not within ${timeoutMs} ms: ${what}.\n${this.#output.slice(-6000)}`)
      await sleep(25)
    }
  }
}

/** A running installation. `await using` or `dispose()` ends it. */
export async function startYard(options: YardOptions = {}): Promise<Yard> {
  const yard = new Yard(await freePort(), options)
  try {
    await yard.start()
  } catch (error) {
    await yard.dispose()
    throw error
  }
  return yard
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

const withId = z.object({ id: z.number() }).loose()

/** Creates an entity by the Admin API and answers its id. */
export async function create(yard: Yard, path: string, body: object): Promise<number> {
  const answer = await yard.api('POST', path, body)
  return withId.parse(Array.isArray(answer) ? answer[0] : answer).id
}
