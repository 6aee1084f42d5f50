import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError } from './config.ts'
import { messageOf } from './log.ts'

/** Where the embedded store listens when it has a port. */
export const STORE_HOST = '127.0.0.1'
/** A program that ends may hold the port for a moment longer. */
const PATIENCE_MS = 3000
const RETRY_MS = 100

/** Listens, or tries again for some seconds while the port is in use. Rejects with what stood in the way at last. */
export async function patiently<T>(listenOnce: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await listenOnce()
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE' || performance.now() > giveUpAt) throw error
      await sleep(RETRY_MS)
    }
  }
}

/** Listens there for a moment; rejects when that cannot be done. */
export async function makeSureAddressIsFree(host: string, port: number): Promise<void> {
  const probe = createServer()
  probe.listen(port, host)
  await once(probe, 'listening')
  probe.close()
  await once(probe, 'close')
}

/** One line on an address that cannot be listened on, ending with the cure; null for any other failure. */
export function addressProblem(
  error: unknown,
  who: string,
  host: string,
  port: number,
  cure: string,
): ConfigError | null {
  const code = codeOf(error)
  if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL' && code !== 'ENOTFOUND') return null
  const why = code === 'EADDRINUSE' ? 'another program uses that port' : messageOf(error)
  return new ConfigError(`The ${who} cannot listen on ${host}:${port}: ${why}. ${cure}`)
}

export const storeAddressProblem = (error: unknown, port: number): ConfigError | null =>
  addressProblem(
    error,
    'event store',
    STORE_HOST,
    port,
    'Set TRACKYARD_STORE_PORT to a free port, or to 0 for a unix socket.',
  )

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : '')
