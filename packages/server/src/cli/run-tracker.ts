import { flushCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { addressProblem } from '../listening.ts'
import { makeDirectories } from '../paths.ts'
import { beTheOnly } from '../supervisor/lock.ts'
import { startTracker } from '../tracker/start.ts'
import type { CommandContext } from './command.ts'
import { tellReady, untilStopped } from './until-stopped.ts'

const V8_OPTIONS = [
  // V8 makes objects old at once where those of the same line lived long, as they do while a busy start has visitors
  // waiting. It never takes that back, and all that such an object refers to, a whole click, is kept until the next full
  // collection: small collections took 20 ms instead of 1, and a quarter of the capacity was gone, in one start of three.
  '--no-allocation-site-pretenuring',
  // It marks the old objects whenever there is less room to grow than the young ones have, which by itself was every few
  // seconds of a busy hour, 30 ms of two processors each time; hardly anything of a click grows old.
  '--heap-growing-percent=75',
]

export async function runTracker({ config, paths }: CommandContext): Promise<number> {
  for (const option of V8_OPTIONS) setFlagsFromString(option)
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
