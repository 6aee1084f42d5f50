import { isSubId } from '../events/sub-id.ts'
import { fail, ok, problem, type Result } from '../result.ts'
import { readCells } from './delimited.ts'
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

/** A line and where it begins, from 1. A text is why it cannot be read. */
export interface NumberedLine {
  readonly line: number
  readonly read: ImportLine | string
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

type Order = readonly (keyof ImportLine | null)[]

/** What columns of a header are called; of several that mean the same the first of these is read. */
const NAMES: Readonly<Record<keyof ImportLine, readonly string[]>> = {
  click_id: [...SUB_ID_NAMES, 'sub id', 'click id'],
  payout: ['payout', 'revenue', 'profit', 'amount'],
  tid: ['tid', 'txid', 'transaction_id', 'transaction id'],
  status: ['status', 'type'],
  currency: ['currency'],
  datetime: ['postback_datetime', 'postback time', 'datetime', 'date', 'time'],
}

const EMPTY: ImportLine = { click_id: '', payout: '', tid: '', status: '', currency: '', datetime: '' }
const SEPARATORS = ['\t', ';', ','] as const
/** What one conversion may take, notes over several lines included. */
const MAX_CHARS = 4000

interface OpenedImport {
  /** Names of columns that nothing is read from. */
  readonly ignoredColumns: readonly string[]
  /** Empty ones and the header included. */
  readonly lineCount: number
  /** Every line that is not empty, in their order, as they are needed. */
  lines(): Generator<NumberedLine, undefined>
}

/**
 * Opens an import: `click,payout,tid,status,currency,datetime`, fields at the end may be missing and empty ones keep their
 * separators. The separator is a comma, a semicolon or a tab, as the first line has it; a first line of names puts the
 * fields in another order. Fails (`validation`) for a header that names no click, as its lines would be read by the fixed
 * order and mean something else.
 */
export function openImport(given: string): Result<OpenedImport> {
  const text = given.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n')
  const start = /\S/.exec(text)?.index ?? text.length
  // A tab may stand in front of it.
  const from = text.lastIndexOf('\n', start) + 1
  const end = text.indexOf('\n', from)
  const firstLine = text.slice(from, end === -1 ? text.length : end)
  const separator = SEPARATORS.find((one) => firstLine.includes(one)) ?? ','
  const first = readCells(text, from, separator, MAX_CHARS)
  const header = typeof first === 'string' ? null : headerOf(first.cells)
  const lineCount = 1 + newlines(text, 0, text.length)
  if (!header || typeof first === 'string')
    return ok({ ignoredColumns: [], lineCount, lines: () => linesOf(text, from, separator, ORDER) })
  if (!header.order.includes('click_id')) {
    const names = NAMES.click_id.slice(0, SUB_ID_NAMES.length).join(', ')
    return fail(problem('validation', `The first line names columns, but none of them is the click: call it ${names}`))
  }
  const lines = (): Generator<NumberedLine, undefined> => linesOf(text, first.next, separator, header.order)
  return ok({ ignoredColumns: header.ignored, lineCount, lines })
}

function* linesOf(text: string, from: number, separator: string, order: Order): Generator<NumberedLine, undefined> {
  let line = 1 + newlines(text, 0, from)
  for (let place = from; place < text.length; ) {
    const endOfLine = text.indexOf('\n', place)
    const nextLine = endOfLine === -1 ? text.length : endOfLine + 1
    const record = text.slice(place, nextLine).trim() === '' ? null : readCells(text, place, separator, MAX_CHARS)
    const read = record && readLine(record, order)
    if (read !== null) yield { line, read }
    // What cannot be read must not take the lines below it along.
    const next = record !== null && typeof record !== 'string' && read !== OPEN ? record.next : nextLine
    line += newlines(text, place, next)
    place = next
  }
}

const OPEN = 'a quotation mark is not closed'
const WHY_NOT = { open: OPEN, long: `is longer than ${MAX_CHARS} characters` } as const

function readLine(record: ReturnType<typeof readCells>, order: Order): ImportLine | string {
  if (typeof record === 'string') return WHY_NOT[record]
  const { cells } = record
  const surplus = cells.slice(order.length).find((cell) => cell !== '')
  if (surplus !== undefined)
    return `has ${cells.length} fields; put an amount with a comma in quotation marks, or write it with a point`
  const fields = cells.flatMap((cell, place): [string, string][] => {
    const name = order[place]
    return name ? [[name, cell]] : []
  })
  // Notes may have several lines. Nothing that is read has: there it is a mark that somebody forgot to close.
  if (fields.some(([, cell]) => cell.includes('\n'))) return OPEN
  return { ...EMPTY, ...Object.fromEntries(fields) }
}

/** Which field each column holds, when the first line is made of names; columns of other names are passed over. */
function headerOf(cells: readonly string[]): { order: Order; ignored: readonly string[] } | null {
  const names = cells.map((cell) => cell.toLowerCase())
  const columns = new Map<number, keyof ImportLine>()
  for (const field of ORDER) {
    const place = NAMES[field].map((name) => names.indexOf(name)).find((found) => found !== -1)
    if (place !== undefined) columns.set(place, field)
  }
  if (columns.size === 0 || names.some(isSubId)) return null
  return {
    order: cells.map((_, place) => columns.get(place) ?? null),
    ignored: cells.filter((cell, place) => cell !== '' && !columns.has(place)),
  }
}

function newlines(text: string, from: number, to: number): number {
  let count = 0
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count++
  return count
}
