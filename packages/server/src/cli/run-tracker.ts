import { ConfigError } from '../config.ts'
import { messageOf } from '../log.ts'
import { makeDirectories } from '../paths.ts'
import { beTheOnly } from '../supervisor/lock.ts'
import { startTracker } from '../tracker/start.ts'
import type { CommandContext } from './command.ts'
import { tellReady, untilStopped } from './until-stopped.ts'

export async function runTracker({ config, paths }: CommandContext): Promise<number> {
  makeDirectories(config.dataDir, paths)
  await beTheOnly('tracker', paths)
  const tracker = await startTracker(config, paths).catch((error: unknown) => {
    throw addressProblem(error, `${config.host}:${config.port}`) ?? error
  })
  tellReady({ port: tracker.port })
  await untilStopped()
  await tracker.close()
  return 0
}

function addressProblem(error: unknown, address: string): ConfigError | null {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL' && code !== 'ENOTFOUND') return null
  const why = code === 'EADDRINUSE' ? 'another program uses that port' : messageOf(error)
  return new ConfigError(`The tracker cannot listen on ${address}: ${why}. Set TRACKYARD_HOST and TRACKYARD_PORT.`)
}
