import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const POLL_MS = 2000
const MAX_FILE_BYTES = 65_536

/** The operator's files for {from_file:name}, held in memory and read again within two seconds of a change. */
export interface MacroFiles {
  text(name: string): string
  close(): void
}

export function followMacroFiles(dir: string): MacroFiles {
  const files = new Map<string, { readonly stamp: string; readonly text: string }>()
  const look = (): void => {
    const names = new Set(listNames(dir))
    for (const name of files.keys()) if (!names.has(name)) files.delete(name)
    for (const name of names) {
      const path = join(dir, name)
      const stat = statSync(path, { throwIfNoEntry: false })
      if (!stat?.isFile() || stat.size > MAX_FILE_BYTES) continue
      const stamp = `${stat.mtimeMs}:${stat.size}`
      // Trailing newlines are the editor's, not the owner's.
      if (files.get(name)?.stamp !== stamp) files.set(name, { stamp, text: readFileSync(path, 'utf8').trimEnd() })
    }
  }
  look()
  const timer = setInterval(look, POLL_MS)
  return { text: (name) => files.get(name)?.text ?? '', close: () => clearInterval(timer) }
}

function listNames(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch {
    return []
  }
}
