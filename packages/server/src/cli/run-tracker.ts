import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError } from '../config.ts'
import { messageOf } from '../log.ts'
import { makeDirectories } from '../paths.ts'
import { beTheOnly } from '../supervisor/lock.ts'
import { type RunningTracker, startTracker } from '../tracker/start.ts'
import type { CommandContext } from './command.ts'
import { tellReady, untilStopped } from './until-stopped.ts'

/** A tracker that was killed may hold the port for a moment longer. */
const PORT_PATIENCE_MS = 3000

export async function runTracker({ config, paths }: CommandContext): Promise<number> {
  makeDirectories(config.dataDir, paths)
  await beTheOnly('tracker', paths)
  const tracker = await startPatiently(() => startTracker(config, paths), `${config.host}:${config.port}`)
  tellReady({ port: tracker.port })
  await untilStopped()
  await tracker.close()
  return 0
}

async function startPatiently(start: () => Promise<RunningTracker>, address: string): Promise<RunningTracker> {
  const giveUpAt = performance.now() + PORT_PATIENCE_MS
  for (;;) {
    try {
      return await start()
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : ''
      if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw error
      if (code === 'EADDRINUSE' && performance.now() < giveUpAt) {
        await sleep(100)
        continue
      }
      const why = code === 'EADDRINUSE' ? 'another program uses that port' : messageOf(error)
      throw new ConfigError(`The tracker cannot listen on ${address}: ${why}. Set TRACKYARD_HOST and TRACKYARD_PORT.`)
    }
  }
}
