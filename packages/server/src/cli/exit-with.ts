import { ConfigError } from '../config.ts'
import { messageOf } from '../log.ts'

/** Exit codes of failures that were foreseen and of all others. */
export interface FailureCodes {
  readonly expected: number
  readonly unexpected: number
}

/**
 * Runs a command and ends the process with its exit code. A failure is one line; where it came from is told at log level
 * `debug`.
 */
export async function exitWith(
  run: () => Promise<number>,
  env: Readonly<Record<string, string | undefined>>,
  codes: FailureCodes,
): Promise<never> {
  try {
    const code = await run()
    await printed()
    process.exit(code)
  } catch (error) {
    const isDebugging = env.TRACKYARD_LOG_LEVEL === 'debug' && error instanceof Error
    const line = isDebugging ? error.stack : messageOf(error).replaceAll(/\s*\n\s*/g, ' ')
    process.stderr.write(`trackyard: ${line}\n`)
    process.exit(error instanceof ConfigError ? codes.expected : codes.unexpected)
  }
}

/** What was written into a pipe may still be on its way. A reader that has gone, as with `| head`, is not waited for. */
const printed = (): Promise<void> =>
  new Promise((done) => {
    process.stdout.once('error', () => done())
    process.stdout.write('', () => done())
  })
