import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { apiOf } from '../../packages/server/src/simulate/api.ts'
import type { ApiCall } from '../../packages/server/src/simulate/sample-campaigns.ts'
import { childrenOf } from './process-use.ts'

export const API_KEY = 'benchmark-key-benchmark-key'
const ENTRY = fileURLToPath(new URL('../../packages/server/bin/trackyard.js', import.meta.url))

/** Everything as an operator runs it, on a free port. */
export interface Stack {
  readonly base: URL
  readonly port: number
  readonly dataDir: string
  readonly api: ApiCall
  readonly pids: Readonly<Record<'tracker' | 'backend' | 'store', number>>
  readStatus(): Promise<StackStatus>
  /** Waits until everything spooled is stored. */
  drained(): Promise<void>
  /** Deletes the data directory unless told to keep it. */
  stop(options?: { keep?: boolean }): Promise<void>
}

const status = z.object({
  ready: z.boolean(),
  tracker: z.object({ spool_position: z.number(), campaigns: z.number() }),
  backend: z.object({
    up: z.boolean(),
    store_up: z.boolean().optional(),
    ingest: z.object({ position: z.number(), storedClicks: z.number() }).optional(),
  }),
})
type StackStatus = z.infer<typeof status>

/** Starts `trackyard start` and waits until all three processes answer. */
export async function startStack({
  dataDir,
  env = {},
}: {
  dataDir?: string
  env?: Readonly<Record<string, string>>
} = {}): Promise<Stack> {
  const dir = dataDir ?? mkdtempSync(join(tmpdir(), 'trackyard-bench-'))
  const child = spawn(process.execPath, [ENTRY, 'start'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      TRACKYARD_DATA_DIR: dir,
      TRACKYARD_PORT: '0',
      TRACKYARD_API_KEY: API_KEY,
      TRACKYARD_ADMIN_PASSWORD: 'benchmark-password',
      TRACKYARD_TRUST_PROXY: '127.0.0.1/32',
      TRACKYARD_LOG_LEVEL: 'warn',
      ...env,
    },
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const base = new URL(await announcedAddress(child.stdout, exited))
  const readStatus = async (): Promise<StackStatus> =>
    status.parse(await (await fetch(new URL('/readyz', base))).json())
  while (!(await readStatus()).backend.store_up) await sleep(50)
  const children = childrenOf(child.pid ?? 0)
  return {
    base,
    port: Number(base.port),
    dataDir: dir,
    api: apiOf(base, API_KEY),
    pids: {
      tracker: children.get('tracker') ?? 0,
      backend: children.get('backend') ?? 0,
      store: children.get('store') ?? 0,
    },
    readStatus,
    async drained() {
      for (;;) {
        const { tracker, backend } = await readStatus()
        if (backend.ingest?.position === tracker.spool_position) return
        await sleep(100)
      }
    },
    async stop({ keep = false } = {}) {
      child.kill('SIGTERM')
      await exited
      if (!keep) rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** The supervisor prints the address when the tracker listens and the backend has spoken. */
function announcedAddress(output: NodeJS.ReadableStream, exited: Promise<void>): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    output.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
      const address = /Campaigns\s+(http:\/\/[^/\s]+)/.exec(text)?.[1]
      if (address) resolve(address)
    })
    void exited.then(() => reject(new Error(`trackyard start ended: ${text}`)))
  })
}
