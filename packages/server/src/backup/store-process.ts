import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Config } from '../config.ts'
import type { Paths } from '../paths.ts'
import { STORE_ENVIRONMENT } from '../store/threads.ts'

const STOP_MS = 20_000

/** True when the embedded store of this data directory is running. */
export function isStoreRunning(config: Config, paths: Paths): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = config.storePort > 0 ? connect(config.storePort, '127.0.0.1') : connect({ path: paths.storeSocket })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Runs the store of a data directory in a process of its own while `work` goes on. Rejects when it does not start. */
export async function withStoreProcess<T>(
  entry: string,
  env: Readonly<Record<string, string | undefined>>,
  work: () => Promise<T>,
): Promise<T> {
  const child = fork(entry, ['store'], {
    env: { ...env, ...STORE_ENVIRONMENT },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  })
  let complaints = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    complaints += chunk.toString('utf8')
  })
  const ended = once(child, 'exit')
  const isReady = await Promise.race([once(child, 'message').then(() => true), ended.then(() => false)])
  if (!isReady) throw new Error(`The event store does not start: ${complaints.trim()}`)
  try {
    return await work()
  } finally {
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    child.kill('SIGTERM')
    await ended
    clearTimeout(killer)
  }
}
