import { appendFileSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { LogLine, LogSink } from './log.ts'

const MAX_FILE_BYTES = 1_048_576
const MAX_LINE_CHARS = 10_000
const SUFFIX = '.ndjson'
/** The file before; together with the present one they bound what a process keeps. */
const OLDER = `.1${SUFFIX}`

/**
 * Keeps the last lines of one process on disk, at most twice `maxBytes`. Lines are rare, so each is written at once; a
 * disk that is full costs the line and nothing else.
 */
export function openLogFile(dir: string, processName: string, maxBytes = MAX_FILE_BYTES): LogSink {
  const path = join(dir, `${processName}${SUFFIX}`)
  return (line) => {
    try {
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
      if (size >= maxBytes) renameSync(path, join(dir, `${processName}${OLDER}`))
      appendFileSync(path, `${toText(line)}\n`, { mode: 0o600 })
    } catch {
      // Logging must never stop what it tells about.
    }
  }
}

const toText = (line: LogLine): string => {
  const text = JSON.stringify(line)
  if (text.length <= MAX_LINE_CHARS) return text
  return JSON.stringify({ ...line, message: line.message.slice(0, MAX_LINE_CHARS / 2), fields: { cut: text.length } })
}

const lineSchema = z.object({
  atMs: z.number(),
  level: z.enum(['debug', 'info', 'warn', 'error']),
  part: z.string(),
  message: z.string(),
  fields: z.record(z.string(), z.unknown()).exactOptional(),
})

/** What processes logged, read from where they keep it. */
export interface SystemLog {
  /** Lines of all processes, newest first. */
  lines(): LogLine[]
  /** Forgets lines of these levels. */
  clear(levels: readonly LogLine['level'][]): void
}

export function openSystemLog(dir: string): SystemLog {
  const files = (): string[] =>
    namesIn(dir)
      .filter((name) => name.endsWith(SUFFIX))
      .map((name) => join(dir, name))
  const read = (path: string): LogLine[] => readFileSync(path, 'utf8').split('\n').flatMap(parseLine)
  return {
    lines: () =>
      files()
        .flatMap(read)
        .sort((a, b) => b.atMs - a.atMs),
    clear(levels) {
      for (const path of files()) {
        const kept = read(path).filter(({ level }) => !levels.includes(level))
        rmSync(path, { force: true })
        if (kept.length > 0) appendFileSync(path, kept.map((line) => `${toText(line)}\n`).join(''), { mode: 0o600 })
      }
    },
  }
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch {
    return []
  }
}

/** A line cut by a crash is left out. */
function parseLine(text: string): LogLine[] {
  if (text === '') return []
  try {
    const parsed = lineSchema.safeParse(JSON.parse(text))
    return parsed.success ? [parsed.data] : []
  } catch {
    return []
  }
}
