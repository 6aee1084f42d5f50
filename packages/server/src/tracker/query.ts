/** Parsed query parameters; the last value of a name wins, broken escapes stay as they came. */
export type Params = Readonly<Record<string, string>>

const MAX_PARAMS = 300

/** Reads `a=1&b=2` (also a form body). Never throws. */
export function parseQuery(query: string): Params {
  // No prototype: a parameter may be called __proto__ or constructor.
  const params: Record<string, string> = Object.create(null)
  let count = 0
  let start = 0
  while (start <= query.length && start >= 0 && count < MAX_PARAMS) {
    const next = query.indexOf('&', start)
    const end = next === -1 ? query.length : next
    const equals = query.indexOf('=', start)
    if (end > start) {
      const nameEnd = equals === -1 || equals > end ? end : equals
      const name = decode(query.slice(start, nameEnd))
      if (name !== '') {
        params[name] = nameEnd === end ? '' : decode(query.slice(nameEnd + 1, end))
        count++
      }
    }
    if (next === -1) break
    start = next + 1
  }
  return params
}

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
