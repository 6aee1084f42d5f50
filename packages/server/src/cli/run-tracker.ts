import { flushCompileCache } from 'node:module'
import { addressProblem } from '../listening.ts'
import { makeDirectories } from '../paths.ts'
import { beTheOnly } from '../supervisor/lock.ts'
import { startTracker } from '../tracker/start.ts'
import type { CommandContext } from './command.ts'
import { tellReady, untilStopped } from './until-stopped.ts'

export async function runTracker({ config, paths }: CommandContext): Promise<number> {
  makeDirectories(config.dataDir, paths)
  await beTheOnly('tracker', paths)
  const tracker = await startTracker(config, paths).catch((error: unknown) => {
    throw addressProblem(error, 'tracker', config.host, config.port, 'Set TRACKYARD_HOST and TRACKYARD_PORT.') ?? error
  })
  tellReady({ port: tracker.port })
  // Written at the end of a process only, which one that crashes does not have; the next start would be twice as slow.
  flushCompileCache()
  await untilStopped()
  await tracker.close()
  return 0
}
