import { stripControls } from './escape.ts'
import { defineMacro, type MacroReader } from './macro.ts'

const keywordOf: MacroReader = ({ click }) => click.slots.keyword ?? ''

export const keyword = defineMacro({
  help: 'Keyword. With a charset, as in {keyword:windows-1251}, it is percent-encoded in that charset in URLs.',
  compile: (charset) => (charset === null || isCharset(charset.trim()) ? keywordOf : null),
  urlEncoder(charset) {
    const table = charset === null ? null : encodingOf(charset.trim())
    if (table === null) return null
    return (value) =>
      Array.from(stripControls(value), (sign) => {
        if (/[A-Za-z0-9_.~-]/.test(sign)) return sign
        return sign < '\u0080' ? percent(sign.charCodeAt(0)) : (table.get(sign) ?? '%3F')
      }).join('')
  },
})

const CHARSET = /^(?:windows-?|cp-?|iso-?|koi-?)\d{1,5}(?:-\d{1,2}|-[ru])?$|^koi8-?[ru]$|^latin1$/i
/** Charsets of one and two bytes a sign. */
const WIDE_CHARSET = /^(?:gbk|gb2312|gb18030|big5|euc-(?:jp|kr)|shift[_-]jis|sjis)$/i
const UTF_8 = /^utf-?8$/i

const isCharset = (name: string): boolean => UTF_8.test(name) || encodingOf(name) !== null

/** Every sign beyond ASCII that a charset has, percent-encoded. */
type Encoding = ReadonlyMap<string, string>

const encodings = new Map<string, Encoding | null>()

/** Null for UTF-8 and charsets nobody knows. */
function encodingOf(name: string): Encoding | null {
  const isWide = WIDE_CHARSET.test(name)
  if (UTF_8.test(name) || !(isWide || CHARSET.test(name))) return null
  const label = name
    .toLowerCase()
    .replace(/^(windows|iso)-?/, '$1-')
    .replace(/^cp-?/, 'cp')
    .replace(/^koi8-?/, 'koi8-')
  const known = encodings.get(label)
  if (known !== undefined) return known
  const encoding = readEncoding(label, isWide)
  encodings.set(label, encoding)
  return encoding
}

/** Read from the decoder, because there is no encoder but that of UTF-8; of a wide charset once, in some 20 ms. */
function readEncoding(label: string, isWide: boolean): Encoding | null {
  try {
    const decoder = new TextDecoder(label)
    const encoding = new Map<string, string>()
    const add = (...bytes: readonly number[]): void => {
      const sign = decoder.decode(Uint8Array.from(bytes))
      if (sign.length === 1 && sign !== '\ufffd' && !encoding.has(sign)) encoding.set(sign, percent(...bytes))
    }
    for (let first = 0x80; first <= 0xff; first++) add(first)
    if (isWide)
      for (let first = 0x81; first < 0xff; first++) for (let second = 0x40; second < 0xff; second++) add(first, second)
    return encoding
  } catch {
    return null
  }
}

const percent = (...bytes: readonly number[]): string =>
  bytes.map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
