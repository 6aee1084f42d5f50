import { startBackend } from '../backend/start.ts'
import { makeDirectories } from '../paths.ts'
import { beTheOnly } from '../supervisor/lock.ts'
import type { CommandContext } from './command.ts'
import { tellReady, untilStopped } from './until-stopped.ts'
import { yieldToVisitors } from './yield-to-visitors.ts'

export async function runBackend({ config, paths }: CommandContext): Promise<number> {
  yieldToVisitors(config.backgroundCpu)
  makeDirectories(config.dataDir, paths)
  await beTheOnly('backend', paths)
  const backend = await startBackend(config, paths)
  tellReady({ setupPath: backend.setupPath, postbackPath: backend.postbackPath })
  await untilStopped()
  await backend.close()
  return 0
}
