import { usesStorePort } from '../config.ts'
import { storeAddressProblem } from '../listening.ts'
import { makeDirectories } from '../paths.ts'
import { sharedSecrets } from '../secrets-file.ts'
import { startStore } from '../store/start-store.ts'
import type { CommandContext } from './command.ts'
import { tellReady, untilStopped } from './until-stopped.ts'
import { yieldToVisitors } from './yield-to-visitors.ts'

const MEGABYTE = 1_048_576

export async function runStore({ config, paths }: CommandContext): Promise<number> {
  yieldToVisitors(config.backgroundCpu)
  makeDirectories(config.dataDir, paths)
  const opening = startStore({
    dir: paths.store,
    ...(usesStorePort(config) ? { port: config.storePort } : { socketPath: paths.storeSocket }),
    password: sharedSecrets(paths.secrets).storePassword,
    maxMemoryBytes: config.storeMemoryMb * MEGABYTE,
  })
  const store = await opening.catch((error: unknown) => {
    throw (usesStorePort(config) ? storeAddressProblem(error, config.storePort) : null) ?? error
  })
  tellReady({})
  await untilStopped()
  await store.close()
  return 0
}
