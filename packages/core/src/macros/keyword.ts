import { stripControls } from './escape.ts'
import { defineMacro, type MacroReader } from './macro.ts'

const keywordOf: MacroReader = ({ click }) => click.slots.keyword ?? ''

export const keyword = defineMacro({
  help: 'Keyword. With a charset, as in {keyword:windows-1251}, it is percent-encoded in that charset in URLs.',
  compile: (charset) => (charset === null || isCharset(charset.trim()) ? keywordOf : null),
  urlEncoder(charset) {
    const bytes = charset === null ? null : bytesOf(charset.trim())
    if (bytes === null) return null
    return (value) =>
      Array.from(stripControls(value), (character) => {
        if (/[A-Za-z0-9_.~-]/.test(character)) return character
        const byte = character < '\u0080' ? character.charCodeAt(0) : bytes.get(character)
        return byte === undefined ? '%3F' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
      }).join('')
  },
})

const CHARSET = /^(?:windows-?|cp-?|iso-?|koi-?)\d{1,5}(?:-\d{1,2}|-[ru])?$|^koi8-?[ru]$/i
const UTF_8 = /^utf-?8$/i

const isCharset = (name: string): boolean => UTF_8.test(name) || (CHARSET.test(name) && bytesOf(name) !== null)

const tables = new Map<string, ReadonlyMap<string, number> | null>()

/** Byte of every sign beyond ASCII in a charset of single bytes; null for UTF-8 and charsets nobody knows. */
function bytesOf(name: string): ReadonlyMap<string, number> | null {
  if (UTF_8.test(name) || !CHARSET.test(name)) return null
  const label = name
    .toLowerCase()
    .replace(/^(windows|iso)-?/, '$1-')
    .replace(/^cp-?/, 'cp')
    .replace(/^koi8-?/, 'koi8-')
  const known = tables.get(label)
  if (known !== undefined) return known
  const table = readTable(label)
  tables.set(label, table)
  return table
}

function readTable(label: string): ReadonlyMap<string, number> | null {
  try {
    const decoder = new TextDecoder(label)
    const upper = Array.from({ length: 128 }, (_, i) => i + 128)
    return new Map(upper.map((byte) => [decoder.decode(Uint8Array.of(byte)), byte]))
  } catch {
    return null
  }
}
