import { chmodSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import { openEngine } from './engine.ts'
import { createFront } from './front.ts'
import { READERS, WRITERS } from './threads.ts'

export interface StoreOptions {
  /** Folder of the store: its configuration and, below `data`, the tables. One process at a time. */
  readonly dir: string
  /** Listen here (mode 0600) … */
  readonly socketPath?: string
  /** … or on this port of 127.0.0.1; 0 picks a free one. */
  readonly port?: number
  readonly password: string
  /** The engine refuses statements that would take it above this (code 241). */
  readonly maxMemoryBytes: number
}

export interface RunningStore {
  /** `http://127.0.0.1:port`, or `http://localhost` with a socket. */
  readonly url: string
  /** Takes no more requests, lets running statements end, gives the folder free. */
  close(): Promise<void>
}

/**
 * Starts the store: chDB behind the ClickHouse HTTP interface. The process must have been started with
 * STORE_ENVIRONMENT, since it is read once. Rejects when the folder is in use by another process or the address is
 * taken. Never call it in a worker thread: the engine's library brings the process down when such a thread ends.
 */
export async function startStore(options: StoreOptions): Promise<RunningStore> {
  const engine = openEngine({
    dir: options.dir,
    maxMemoryBytes: options.maxMemoryBytes,
    readers: READERS,
    writers: WRITERS,
  })
  const front = createFront(engine, options.password)
  try {
    if (options.socketPath === undefined) await listen(front, () => front.listen(options.port ?? 0, '127.0.0.1'))
    else await listenOnSocket(front, options.socketPath)
  } catch (error) {
    await engine.close()
    throw error
  }
  return {
    url: urlOf(front),
    async close() {
      const closed = new Promise<void>((resolve) => front.close(() => resolve()))
      front.closeIdleConnections()
      await engine.close()
      front.closeAllConnections()
      await closed
    },
  }
}

async function listenOnSocket(front: Server, path: string): Promise<void> {
  if (await isAnswering(path)) throw new Error(`Another process is listening on ${path}.`)
  // Left behind by a process that was killed.
  rmSync(path, { force: true })
  // Nobody else may connect, not even between bind and chmod. Binding happens within the call, so the mask is narrow
  // for no longer; it keeps x for the owner because the engine's threads may be making folders meanwhile.
  const umask = process.umask(0o077)
  const ready = listen(front, () => front.listen(path))
  process.umask(umask)
  await ready
  chmodSync(path, 0o600)
}

const listen = (front: Server, start: () => void): Promise<void> =>
  new Promise((resolve, reject) => {
    front.once('error', reject)
    front.once('listening', () => {
      front.off('error', reject)
      resolve()
    })
    start()
  })

const isAnswering = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

function urlOf(front: Server): string {
  const address = front.address()
  return address !== null && typeof address === 'object' ? `http://127.0.0.1:${address.port}` : 'http://localhost'
}
