/** Parsed query parameters; the last value of a name wins, broken escapes stay as they came. */
export type Params = Readonly<Record<string, string>>

const MAX_PARAMS = 300

/**
 * What parameters inherit: nothing, as one may be called __proto__ or constructor. An object without a prototype would be a
 * table of hashes, which costs more to make; this way the parameters of one link share a hidden class.
 */
const NOTHING: object = Object.freeze(Object.create(null))

/** Reads `a=1&b=2` (also a form body) in one pass. Never throws. */
export function parseQuery(query: string): Params {
  const params: Record<string, string> = Object.create(NOTHING)
  let count = 0
  let start = 0
  let equals = -1
  let isEncoded = false
  for (let at = 0; at <= query.length && count < MAX_PARAMS; at++) {
    const code = at === query.length ? AMPERSAND : query.charCodeAt(at)
    if (code === PERCENT || code === PLUS) isEncoded = true
    else if (code === EQUALS) {
      if (equals === -1) equals = at
    } else if (code === AMPERSAND) {
      const given = query.slice(start, equals === -1 ? at : equals)
      const name = isEncoded ? decode(given) : given
      if (name !== '') {
        const value = equals === -1 ? '' : query.slice(equals + 1, at)
        params[name] = isEncoded ? decode(value) : value
        count++
      }
      start = at + 1
      equals = -1
      isEncoded = false
    }
  }
  return params
}

const PERCENT = 0x25
const AMPERSAND = 0x26
const PLUS = 0x2b
const EQUALS = 0x3d

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  if (!spaced.includes('%')) return spaced
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}

/**
 * Text that was percent-encoded in another charset than UTF-8, which parseQuery leaves encoded. Unknown charsets and
 * text without escapes stay as they are.
 */
export function decodeCharset(text: string, charset: string): string {
  if (!/%[0-9a-f]{2}/i.test(text)) return text
  try {
    const bytes = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    return new TextDecoder(charset).decode(Buffer.from(bytes, 'latin1'))
  } catch {
    return text
  }
}

/** Path and query of a request line, `#fragment` and absolute form removed. */
export function splitUrl(url: string): { path: string; query: string } {
  const local = url.startsWith('/') ? url : url.replace(/^[a-z]+:\/\/[^/?#]*/i, '') || '/'
  const clean = local.includes('#') ? local.slice(0, local.indexOf('#')) : local
  const mark = clean.indexOf('?')
  return mark === -1 ? { path: clean, query: '' } : { path: clean.slice(0, mark), query: clean.slice(mark + 1) }
}
