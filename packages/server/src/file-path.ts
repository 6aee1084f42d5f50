import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'

const MAX_DEPTH = 20
const MAX_PATH_BYTES = 500
const MAX_NAME_BYTES = 200

/**
 * A path below the folder of a local page, the same rules for archives, the editor and visitors: relative, with `/`,
 * nothing hidden, nothing that a file system could take for something else. Letters are composed (NFC), so that
 * a name means the same file whoever wrote it. Problems are at `at`.
 */
export function parseFilePath(input: unknown, at: string): Result<string> {
  const text = typeof input === 'number' ? String(input) : input
  const refuse = (why: string) =>
    fail(problem('validation', `${typeof text === 'string' ? `"${printable(text)}" ` : ''}${why}`, at))
  if (typeof text !== 'string' || text.trim() === '')
    return refuse('must be the path of a file, such as images/logo.png')
  if (text.includes('\\')) return refuse('must be written with / between folders, not with backslashes')
  if (/\p{Cc}/u.test(text) || !text.isWellFormed()) return refuse('must not hold control characters')
  if (text.startsWith('/') || /^[a-z]:/i.test(text))
    return refuse('must be relative to the page, such as images/logo.png: no leading / and no drive')
  const path = text.normalize('NFC')
  const names = path.split('/')
  if (names.includes('..')) return refuse('must stay inside the folder of the page: write no ..')
  if (names.some((name) => name.startsWith('.') || name.trim() !== name || name === ''))
    return refuse('must have names that do not begin with a dot or have spaces around them')
  if (names.length > MAX_DEPTH) return refuse(`must not be deeper than ${MAX_DEPTH} folders`)
  if (Buffer.byteLength(path) > MAX_PATH_BYTES || names.some((name) => Buffer.byteLength(name) > MAX_NAME_BYTES))
    return refuse(`must be at most ${MAX_PATH_BYTES} bytes long, and each name in it ${MAX_NAME_BYTES}`)
  return ok(path)
}

/** Programs of a language that is not run here: as plain files they would show their source. */
export const isServerCode = (path: string): boolean => /\.(php\d?|phtml|phps|phar)$/i.test(path)

const printable = (text: string): string =>
  text
    .slice(0, 120)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '?')
