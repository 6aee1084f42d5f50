import { rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError } from '../config.ts'
import type { Paths } from '../paths.ts'

/** Longer than the process before may take to end; see cli/until-stopped.ts. */
const PATIENCE_MS = 12_000
const RETRY_MS = 20

/**
 * Waits until no other process does this job on the data directory, and is then the one that does. After a supervisor
 * was killed, what it had started may still be finishing while the next one starts: two trackers would cut and number
 * each other's spool, two backends would store the same batch. Held until the process ends, however it ends.
 */
export async function beTheOnly(job: 'tracker' | 'backend', paths: Paths): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS
  while (!(await takeLock(lockPath(paths, job)))) {
    if (performance.now() > giveUpAt)
      throw new ConfigError(
        `Another ${job} is running on the same data directory. Stop it, or set TRACKYARD_DATA_DIR to another directory.`,
      )
    await sleep(RETRY_MS)
  }
}

export const lockPath = (paths: Paths, job: 'start' | 'tracker' | 'backend'): string =>
  join(paths.backendSocket, '..', `${job}.lock`)

/**
 * The lock is a listening socket, which the kernel lets go of however the holder ends. Resolves to a release function,
 * or null when somebody else holds it.
 */
export async function takeLock(path: string): Promise<(() => void) | null> {
  if (await isAnswering(path)) return null
  rmSync(path, { force: true })
  const server = createServer((socket) => socket.destroy())
  server.unref()
  return new Promise((resolve, reject) => {
    server.once('error', (error) => ('code' in error && error.code === 'EADDRINUSE' ? resolve(null) : reject(error)))
    server.listen(path, () => resolve(() => server.close()))
  })
}

function isAnswering(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
