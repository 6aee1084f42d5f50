/** A record of delimited text: its cells, those of one line trimmed, and where the next record begins. */
interface Cells {
  readonly cells: readonly string[]
  readonly next: number
}

/**
 * Reads the record that begins at `from` in text whose lines end with a line feed. Within quotation marks at the beginning
 * of a cell, separators and line ends are text and a doubled mark is one. `open`: a mark is not closed; `long`: it has
 * more than `maxChars` characters. Never looks further than that.
 */
export function readCells(text: string, from: number, separator: string, maxChars: number): Cells | 'open' | 'long' {
  const window = text.slice(from, from + maxChars)
  const isWhole = from + maxChars >= text.length
  const cells: string[] = []
  for (let place = 0; ; place++) {
    const quoted = readQuoted(window, place)
    if (quoted === null) return 'open'
    const end = endOfCell(window, quoted.next, separator)
    if (end === window.length && !isWhole) return 'long'
    const cell = quoted.text + window.slice(quoted.next, end)
    cells.push(cell.includes('\n') ? cell : cell.trim())
    place = end
    if (window[place] !== separator) return { cells, next: from + place + 1 }
  }
}

/** What stands in quotation marks at the beginning of a cell, nothing when it has none; null when they are not closed. */
function readQuoted(window: string, from: number): { text: string; next: number } | null {
  let place = from
  while (window[place] === ' ') place++
  if (window[place] !== '"') return { text: '', next: from }
  let text = ''
  for (let at = place + 1; ; ) {
    const mark = window.indexOf('"', at)
    if (mark === -1) return null
    text += window.slice(at, mark)
    if (window[mark + 1] !== '"') return { text, next: mark + 1 }
    text += '"'
    at = mark + 2
  }
}

function endOfCell(window: string, from: number, separator: string): number {
  let place = from
  while (place < window.length && window[place] !== separator && window[place] !== '\n') place++
  return place
}
