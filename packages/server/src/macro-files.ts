import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { type Log, messageOf } from './log.ts'

const POLL_MS = 2000
const MAX_FILE_BYTES = 65_536

/** The operator's files for {from_file:name}, held in memory and read again within two seconds of a change. */
export interface MacroFiles {
  text(name: string): string
  close(): void
}

interface MacroFile {
  /** Another one tells that the file was changed. */
  readonly stamp: string
  readonly text: string
  /** Why it prints nothing, in words; '' when it can be used. */
  readonly problem: string
}

/** A file that cannot be used prints nothing and is logged once: visitors are not to notice more of it. */
export function followMacroFiles(dir: string, log: Log): MacroFiles {
  const files = new Map<string, MacroFile>()
  const look = (): void => {
    const names = new Set(listNames(dir))
    for (const name of files.keys()) if (!names.has(name)) files.delete(name)
    for (const name of names) {
      const before = files.get(name)
      const file = readMacroFile(dir, name, before)
      files.set(name, file)
      if (file.problem !== '' && file.problem !== before?.problem)
        log.warn('a file for the macro from_file cannot be used and prints nothing', { name, reason: file.problem })
    }
  }
  look()
  const timer = setInterval(look, POLL_MS)
  return { text: (name) => files.get(name)?.text ?? '', close: () => clearInterval(timer) }
}

/** A link may lead to another place of the folder, as mounted configuration does, but not out of it. */
function readMacroFile(dir: string, name: string, before: MacroFile | undefined): MacroFile {
  const unusable = (problem: string): MacroFile => ({ stamp: '', text: '', problem })
  try {
    const path = realpathSync(join(dir, name))
    if (!path.startsWith(realpathSync(dir) + sep)) return unusable('it is a link out of the folder')
    const stat = statSync(path)
    if (!stat.isFile()) return unusable('it is not a file')
    if (stat.size > MAX_FILE_BYTES) return unusable(`it is longer than ${MAX_FILE_BYTES / 1024} KB`)
    const stamp = `${stat.mtimeMs}:${stat.size}`
    if (before?.stamp === stamp) return before
    // Trailing newlines are the editor's, not the owner's.
    return { stamp, text: readFileSync(path, 'utf8').trimEnd(), problem: '' }
  } catch (error) {
    return unusable(messageOf(error))
  }
}

/** Hidden files and folders cannot be named by the macro. */
function listNames(dir: string): string[] {
  try {
    return readdirSync(dir).filter((name) => !name.startsWith('.'))
  } catch {
    return []
  }
}
