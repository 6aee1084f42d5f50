import { SUB_ID_NAMES } from './read-postback.ts'

/** One conversion of an import, as it was written; '' where nothing was. */
export interface ImportLine {
  readonly click_id: string
  readonly payout: string
  readonly tid: string
  readonly status: string
  readonly currency: string
  readonly datetime: string
}

/** The fixed order of fields without a header (reference conversions-and-reports §4.2). */
const ORDER = [
  'click_id',
  'payout',
  'tid',
  'status',
  'currency',
  'datetime',
] as const satisfies readonly (keyof ImportLine)[]

/** What columns of a header are called. */
const NAMES: Readonly<Record<keyof ImportLine, readonly string[]>> = {
  click_id: [...SUB_ID_NAMES, 'sub id', 'click id'],
  payout: ['payout', 'revenue', 'profit', 'amount'],
  tid: ['tid', 'txid', 'transaction_id', 'transaction id'],
  status: ['status', 'type'],
  currency: ['currency'],
  datetime: ['datetime', 'date', 'time', 'postback_datetime'],
}
const fieldOfName = new Map(
  Object.entries(NAMES).flatMap(([field, names]) => names.map((name) => [name, field] as const)),
)

const EMPTY: ImportLine = { click_id: '', payout: '', tid: '', status: '', currency: '', datetime: '' }
const SEPARATORS = ['\t', ';', ','] as const

export interface ImportReader {
  /** The conversion of a line; null for an empty line and a header; a text says why it cannot be read. */
  read(line: string): ImportLine | string | null
}

/**
 * Reads lines of an import in their order: `click,payout,tid,status,currency,datetime`, fields at the end may be missing
 * and empty ones keep their separators. The separator is a comma, a semicolon or a tab, as the first line has it; a first
 * line of names puts the fields in another order.
 */
export function createImportReader(): ImportReader {
  let separator: string | null = null
  let order: readonly (keyof ImportLine | null)[] = ORDER
  return {
    read(text) {
      const line = text.replace(/^\ufeff/, '').replace(/\r$/, '')
      if (line.trim() === '') return null
      const isFirst = separator === null
      separator ??= SEPARATORS.find((one) => line.includes(one)) ?? ','
      const cells = splitLine(line, separator)
      if (cells === null) return 'a quotation mark is not closed'
      const header = isFirst ? headerOf(cells) : null
      if (header) {
        order = header
        return null
      }
      const surplus = cells.slice(order.length).find((cell) => cell !== '')
      if (surplus !== undefined)
        return `has ${cells.length} fields; put an amount with a comma in quotation marks, or write it with a point`
      const fields = cells.flatMap((cell, place): [string, string][] => {
        const name = order[place]
        return name ? [[name, cell]] : []
      })
      return { ...EMPTY, ...Object.fromEntries(fields) }
    },
  }
}

/** Which field each column holds, when the first line is made of names; columns of other names are passed over. */
function headerOf(cells: readonly string[]): (keyof ImportLine | null)[] | null {
  const fields = cells.map((cell) => ORDER.find((field) => field === fieldOfName.get(cell.toLowerCase())) ?? null)
  return fields.includes('click_id') ? fields : null
}

/** Cells of a line, trimmed; within quotation marks the separator is text, and a doubled mark is one. */
function splitLine(line: string, separator: string): string[] | null {
  if (!line.includes('"')) return line.split(separator).map((cell) => cell.trim())
  const cells: string[] = []
  let cell = ''
  let isQuoted = false
  for (let place = 0; place < line.length; place++) {
    const sign = line[place]
    if (sign === '"') {
      if (isQuoted && line[place + 1] === '"') {
        cell += '"'
        place++
      } else isQuoted = !isQuoted
    } else if (sign === separator && !isQuoted) {
      cells.push(cell.trim())
      cell = ''
    } else cell += sign
  }
  return isQuoted ? null : [...cells, cell.trim()]
}
