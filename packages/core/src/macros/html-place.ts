/**
 * Where in HTML a macro stands, because escaping for text is not escaping for everywhere: `text` and quoted values of
 * attributes · `script` code, in a script, an event handler or a `javascript:` link · `style` CSS · `link` the start of
 * an attribute that is a link · `scheme` later in it, while its scheme may still be told · `query` behind its `?` or `#` ·
 * `tag` among the attributes · `document` a page inside an attribute (srcdoc).
 */
export type PlaceKind = 'text' | 'script' | 'style' | 'link' | 'scheme' | 'query' | 'tag' | 'document'

export interface HtmlPlace {
  readonly kind: PlaceKind
  /** The value of an attribute without quotes, which a blank would end. */
  readonly isUnquoted: boolean
}

/**
 * Reads HTML from front to back, once for all its macros: a page of a megabyte with thousands of them is read in
 * milliseconds. It follows browsers where that decides what a value may do; elsewhere quoting makes up for it.
 */
export class HtmlScanner {
  #html: string
  #at = 0
  #state: State = 'data'
  /** Tag being read or, within its content, the raw text element. */
  #tag = ''
  #attribute = ''
  #quote = ''
  /** Below 0 when the value began in what was forgotten; then its first characters are kept. */
  #valueStart = 0
  #valueHead = ''
  /** In a script: after `<!--`, and after `<script` within that, where `</script` ends less than it seems. */
  #isEscaped = false
  #isNested = false
  readonly #next = new Map<string, number>()

  constructor(html: string) {
    this.#html = html
  }

  /** The place of a macro that begins at an index; indexes must not go back. */
  placeAt(index: number): HtmlPlace {
    while (this.#at < index) this.#step(index)
    // What comes right after `<` names a tag.
    if (this.#state === 'data' && /<\/?$/.test(this.#html.slice(Math.max(0, index - 2), index))) this.#state = 'tag'
    const kind = this.#kindAt(index)
    return { kind, isUnquoted: (this.#state === 'value' && this.#quote === '') || this.#state === 'before-value' }
  }

  /** Goes past a macro: what it will print cannot be HTML. */
  skipTo(index: number): void {
    if (this.#state === 'before-value') this.#openValue('', this.#at)
    this.#at = index
  }

  /** More of the text came. */
  append(html: string): void {
    this.#html += html
    this.#next.clear()
  }

  /**
   * Reads on to the last `>` before an index, behind which nothing depends on what comes next, and forgets what is not
   * needed any more. Answers how many characters went: indexes count from behind them.
   */
  forget(index: number): number {
    const end = this.#html.lastIndexOf('>', index - 1) + 1
    while (this.#at < end) this.#step(end)
    const gone = Math.max(0, this.#at - MAX_LINK)
    if (this.#state === 'value' && this.#valueStart >= 0 && this.#valueStart < gone)
      this.#valueHead = this.#html.slice(this.#valueStart, this.#valueStart + MAX_SCHEME)
    this.#html = this.#html.slice(gone)
    this.#at -= gone
    this.#valueStart -= gone
    this.#next.clear()
    return gone
  }

  #kindAt(index: number): PlaceKind {
    if (this.#state === 'raw') return this.#tag === 'script' || this.#tag === 'style' ? this.#tag : 'text'
    if (this.#state === 'tag') return 'tag'
    if (this.#state !== 'value' && this.#state !== 'before-value') return 'text'
    const name = this.#attribute
    if (name.startsWith('on')) return 'script'
    if (name === 'style') return 'style'
    if (name === 'srcdoc') return 'document'
    if (!LINKS.has(name)) return 'text'
    const start = this.#state === 'value' ? this.#valueStart : index
    const head = start < 0 ? this.#valueHead : this.#html.slice(start, Math.min(index, start + MAX_SCHEME))
    const before = head.trim()
    if (RUNS.test(before)) return 'script'
    if (before === '') return 'link'
    if (BEFORE_QUERY.test(this.#html.slice(Math.max(0, start, index - MAX_LINK), index))) return 'query'
    // Other macros tell nothing of the scheme.
    return /[:/?#]/.test(before.replace(/\{[^{}]*(?:\}|$)/g, '')) ? 'text' : 'scheme'
  }

  #step(end: number): void {
    switch (this.#state) {
      case 'data':
        return this.#readData(end)
      case 'comment':
        return this.#readComment(end)
      case 'raw':
        return this.#readRaw(end)
      case 'tag':
        return this.#readTag(end)
      case 'before-value':
        return this.#readBeforeValue()
      case 'value':
        return this.#readValue(end)
    }
  }

  #readData(end: number): void {
    const open = this.#find('<', end)
    if (open < 0) return
    this.#at = open + 1
    if (this.#html.startsWith('!--', open + 1)) {
      this.#state = 'comment'
      // `<!-->` is a whole comment.
      this.#at = open + 2
    } else if (isLetter(this.#html.charCodeAt(open + 1))) this.#openTag(open + 1, end)
    else if (this.#html.charCodeAt(open + 1) === SLASH && isLetter(this.#html.charCodeAt(open + 2))) {
      this.#openTag(open + 2, end)
      this.#tag = ''
    }
  }

  #openTag(from: number, end: number): void {
    const name = readName(this.#html, from, end)
    this.#tag = name.toLowerCase()
    this.#attribute = ''
    this.#at = from + name.length
    this.#state = 'tag'
  }

  #readComment(end: number): void {
    const close = this.#find('>', end)
    if (close < 0) return
    this.#at = close + 1
    if (this.#html.startsWith('--', close - 2) || this.#html.startsWith('--!', close - 3)) this.#state = 'data'
  }

  #readTag(end: number): void {
    const code = this.#html.charCodeAt(this.#at)
    if (code === GREATER) {
      this.#at++
      this.#isEscaped = false
      this.#isNested = false
      this.#state = RAW_TEXT.has(this.#tag) ? 'raw' : 'data'
    } else if (code === EQUALS && this.#attribute !== '') {
      this.#at++
      this.#state = 'before-value'
    } else if (isBlank(code)) this.#at++
    else if (code === SLASH) {
      this.#at++
      this.#attribute = ''
    } else {
      const start = this.#at
      // A name may begin with `=`.
      this.#at++
      while (this.#at < end && !endsName(this.#html.charCodeAt(this.#at))) this.#at++
      this.#attribute = this.#html.slice(start, this.#at).toLowerCase()
    }
  }

  #readBeforeValue(): void {
    const character = this.#html.charAt(this.#at)
    if (isBlank(this.#html.charCodeAt(this.#at))) this.#at++
    else if (character === '"' || character === "'") this.#openValue(character, ++this.#at)
    else if (character === '>') this.#state = 'tag'
    else this.#openValue('', this.#at)
  }

  #openValue(quote: string, start: number): void {
    this.#state = 'value'
    this.#quote = quote
    this.#valueStart = start
  }

  #readValue(end: number): void {
    if (this.#quote !== '') {
      const close = this.#find(this.#quote, end)
      if (close < 0) return
      this.#at = close + 1
    } else {
      while (this.#at < end && !endsValue(this.#html.charCodeAt(this.#at))) this.#at++
      if (this.#at >= end) return
    }
    this.#state = 'tag'
    this.#attribute = ''
  }

  #readRaw(end: number): void {
    const mark = this.#tag === 'script' ? this.#findScriptMark(end) : this.#find('<', end)
    if (mark < 0) return
    this.#at = mark + 1
    const html = this.#html
    if (html.startsWith('-->', mark)) this.#isEscaped = this.#isNested = false
    else if (html.startsWith('<!--', mark)) this.#isEscaped = true
    else if (this.#isEscaped && opens(html, mark + 1, 'script')) this.#isNested = true
    else if (html.charAt(mark + 1) === '/' && opens(html, mark + 2, this.#tag)) {
      if (this.#isNested) this.#isNested = false
      else {
        this.#at = mark + 2 + this.#tag.length
        this.#tag = ''
        this.#attribute = ''
        this.#state = 'tag'
      }
    }
  }

  /** The next `<` or, inside a comment of a script, the end of the comment when that comes first. */
  #findScriptMark(end: number): number {
    const limit = Math.min(this.#indexOf('<'), end)
    if (this.#isEscaped) {
      const close = this.#html.slice(this.#at, limit).indexOf('-->')
      if (close >= 0) return this.#at + close
    }
    return this.#find('<', end)
  }

  /** Index of the next such sign before `end`; when there is none, reading goes on at `end`. */
  #find(sign: string, end: number): number {
    const found = this.#indexOf(sign)
    if (found < end) return found
    this.#at = end
    return -1
  }

  /** Looked for once: a sign that is far away would else be looked for from every macro before it. */
  #indexOf(sign: string): number {
    const known = this.#next.get(sign) ?? -1
    if (known >= this.#at) return known
    const found = this.#html.indexOf(sign, this.#at)
    const next = found < 0 ? Number.POSITIVE_INFINITY : found
    this.#next.set(sign, next)
    return next
  }
}

type State = 'data' | 'comment' | 'raw' | 'tag' | 'before-value' | 'value'

/** A scheme that comes later is none. */
const MAX_SCHEME = 64
/** Links are no longer, and reading all of a picture written out in one for each of its macros would take long. */
const MAX_LINK = 4096
/** Our own link to the offer has a query. */
const BEFORE_QUERY = /[?#]|\{_?offer\b/i
const RUNS = /^[\s\p{Cc}]*(?:javascript|vbscript|data)\s*:/iu
const SLASH = 0x2f
const EQUALS = 0x3d
const GREATER = 0x3e
const isBlank = (code: number): boolean =>
  code <= 0x20 ? code === 0x20 || (code >= 9 && code <= 13) : code >= 0x80 && /\s/.test(String.fromCharCode(code))
const isLetter = (code: number): boolean => (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a
const endsValue = (code: number): boolean => code === GREATER || isBlank(code)
const endsName = (code: number): boolean => code === EQUALS || code === SLASH || endsValue(code)
const RAW_TEXT: ReadonlySet<string> = new Set('script style title textarea xmp iframe noembed noframes'.split(' '))
const LINKS: ReadonlySet<string> = new Set('href src action formaction data poster xlink:href'.split(' '))

const MAX_NAME = 32
function readName(html: string, from: number, end: number): string {
  const limit = Math.min(end, from + MAX_NAME)
  let at = from
  while (at < limit && html.charCodeAt(at) !== SLASH && !endsValue(html.charCodeAt(at))) at++
  return html.slice(from, at)
}

/** A tag name stands here, whole. */
const opens = (html: string, at: number, name: string): boolean => {
  const text = html.slice(at, at + name.length + 1).toLowerCase()
  return text.startsWith(name) && (text.length === name.length || /[\s/>]/.test(text.charAt(name.length)))
}
