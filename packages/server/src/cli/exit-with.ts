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
    process.exit(await run())
  } catch (error) {
    const isDebugging = env.TRACKYARD_LOG_LEVEL === 'debug' && error instanceof Error
    const line = isDebugging ? error.stack : messageOf(error).replaceAll(/\s*\n\s*/g, ' ')
    process.stderr.write(`trackyard: ${line}\n`)
    process.exit(error instanceof ConfigError ? codes.expected : codes.unexpected)
  }
}
