import type { LogLevel } from './config.ts'

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** One line per event: time, level, part, message and fields. Secrets and query strings never go in. */
export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

/** Keeps lines besides, for `/logs/system`. */
export type LogSink = (line: LogLine) => void
export interface LogLine {
  readonly atMs: number
  readonly level: LogLevel
  readonly part: string
  readonly message: string
  readonly fields?: Readonly<Record<string, unknown>>
}

export function createLog(part: string, level: LogLevel, keep?: LogSink): Log {
  const write = (at: LogLevel) => (message: string, fields?: Record<string, unknown>) => {
    if (LEVELS.indexOf(at) < LEVELS.indexOf(level)) return
    keep?.({ atMs: Date.now(), level: at, part, message, ...(fields && { fields }) })
    const tail = fields ? ` ${JSON.stringify(fields)}` : ''
    process.stderr.write(`${new Date().toISOString()} ${at.padEnd(5)} ${part}: ${message}${tail}\n`)
  }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
