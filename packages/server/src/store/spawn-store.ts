import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { STORE_ENVIRONMENT } from './threads.ts'

export interface SpawnedStore {
  readonly dir: string
  readonly socketPath: string
  readonly password: string
  readonly pid: number
  /** Ends the process as an operator would, or at once with `SIGKILL`. Deletes the folder unless told to keep it. */
  stop(options?: { signal?: NodeJS.Signals; keep?: boolean }): Promise<{ exitCode: number | null }>
}

/**
 * A store in a process of its own, for tests and benchmarks: the engine must not live in the process of a test runner.
 * Without `dir` it works in a folder of its own below the system's temporary one.
 */
export async function spawnStore(options: { dir?: string; maxMemoryBytes?: number } = {}): Promise<SpawnedStore> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'trackyard-store-'))
  const socketPath = join(dir, 'store.sock')
  const password = 'test-secret'
  const config = JSON.stringify({ dir, socketPath, password, maxMemoryBytes: options.maxMemoryBytes ?? 1_500_000_000 })
  const script = `
    import { startStore } from ${JSON.stringify(new URL('./start-store.ts', import.meta.url).href)}
    const store = await startStore(${config})
    process.once('SIGTERM', () => store.close().then(() => process.exit(0)))
    console.log('ready')`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: STORE_ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve())
    child.once('error', reject)
    exited.then((code) => reject(new Error(`The store ended with code ${code} before it was ready. ${complaints}`)))
  })
  return {
    dir,
    socketPath,
    password,
    pid: child.pid ?? 0,
    async stop({ signal = 'SIGTERM', keep = false } = {}) {
      child.kill(signal)
      const exitCode = await exited
      if (!keep) rmSync(dir, { recursive: true, force: true })
      return { exitCode }
    },
  }
}
