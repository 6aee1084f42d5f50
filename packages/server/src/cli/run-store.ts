import { makeDirectories } from '../paths.ts'
import { sharedSecrets } from '../secrets-file.ts'
import { startStore } from '../store/start-store.ts'
import type { CommandContext } from './command.ts'
import { tellReady, untilStopped } from './until-stopped.ts'
import { yieldToVisitors } from './yield-to-visitors.ts'

const MEGABYTE = 1_048_576

export async function runStore({ config, paths }: CommandContext): Promise<number> {
  yieldToVisitors()
  makeDirectories(config.dataDir, paths)
  const store = await startStore({
    dir: paths.store,
    ...(config.storePort > 0 ? { port: config.storePort } : { socketPath: paths.storeSocket }),
    password: sharedSecrets(paths.secrets).storePassword,
    maxMemoryBytes: config.storeMemoryMb * MEGABYTE,
  })
  tellReady({})
  await untilStopped()
  await store.close()
  return 0
}
