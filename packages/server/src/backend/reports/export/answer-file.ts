import { Readable } from 'node:stream'
import { isMoment, titleOf } from '@trackyard/core/report/titles.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { messageOf } from '../../../log.ts'
import type { EventQuery, QueryAnswer } from '../../../stores/events/port.ts'
import type { Backend } from '../../context.ts'
import { RawAnswer } from '../../http/raw-answer.ts'
import { guardEvents } from '../ask-events.ts'
import { ownStatuses } from '../own-statuses.ts'
import type { Terms } from '../run.ts'
import { csvLine } from './csv.ts'
import type { ExportOptions, Format } from './request.ts'
import { workbookOf } from './xlsx.ts'

/** As many rows as there are: what the store takes for a limit. */
export const ALL_ROWS = 4_294_967_295
/** Whoever reads slowly holds a statement of the store open. */
const MAX_AT_ONCE = 2
const TIMEOUT_MS = 60 * 60_000

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}

type Rows = readonly Readonly<Record<string, unknown>>[]

/** What a file is made of. */
export interface FileSource {
  /** First part of the file's name. */
  readonly name: string
  /** What it is in: told by the name and by headers, as the file itself has titles and rows alone. */
  readonly terms: Terms
  readonly statement: EventQuery
  /** Columns in order, for when there are no rows to tell. */
  readonly columns: readonly string[]
  /** Rows of the store as people see them. */
  readonly present: (rows: QueryAnswer['rows']) => Rows
  /** A last row. */
  readonly totals?: Readonly<Record<string, unknown>>
}

/** Files that are being sent by this process. */
const running = new Set<Readable>()

/**
 * Answers a file that is written while the rows come out of the store, so that its size does not matter. What fails
 * before the first rows is a problem; what fails later breaks the answer off, as half a file must not look like a whole.
 */
export async function answerFile(
  source: FileSource,
  options: ExportOptions,
  backend: Backend,
): Promise<Result<RawAnswer>> {
  if (running.size >= MAX_AT_ONCE)
    return fail(
      problem('unavailable', `${MAX_AT_ONCE} files are being exported already: try again when one of them is done.`),
    )
  const rows = backend.eventStore.stream(source.statement, { timeoutMs: TIMEOUT_MS })[Symbol.asyncIterator]()
  const first = await guardEvents(backend, () => rows.next())
  if (!first.ok) return first
  const blocks = tableOf(source, first.value, rows)
  const own = await ownStatuses(backend.configStore)
  const headers = options.headers === 'names' ? blocks.columns : blocks.columns.map((name) => titleOf(name, own))
  const file =
    options.format === 'csv'
      ? Readable.from(csvText(headers, blocks, options), { objectMode: false })
      : workbookOf({ names: headers, isTime: blocks.columns.map(isMoment) }, blocks)
  running.add(file)
  file.once('error', (error) =>
    backend.logError?.('an export was broken off', { error: messageOf(error).slice(0, 500) }),
  )
  file.once('close', () => {
    running.delete(file)
    // Whether it was read to its end or not at all.
    void rows.return?.()
  })
  const day = new Date(backend.clock.nowMs()).toISOString().slice(0, 10)
  const { currency, timezone } = source.terms
  const name = `${source.name}-${day}-${currency}-${timezone.replaceAll(/[^\w+-]/g, '_')}`
  return ok(
    new RawAnswer(CONTENT_TYPES[options.format], file, {
      'content-disposition': `attachment; filename="${name}.${options.format}"`,
      'trackyard-currency': currency,
      'trackyard-timezone': timezone,
    }),
  )
}

interface Table extends AsyncIterable<readonly unknown[][]> {
  readonly columns: readonly string[]
}

/** Rows as cells in the order of the columns. */
function tableOf(
  { present, columns: asked, totals }: FileSource,
  first: IteratorResult<QueryAnswer['rows']>,
  rest: AsyncIterator<QueryAnswer['rows']>,
): Table {
  const begin = first.done ? [] : present(first.value)
  const columns = begin[0] ? Object.keys(begin[0]) : asked
  const cells = (rows: Rows): unknown[][] => rows.map((row) => columns.map((name) => row[name]))
  return {
    columns,
    async *[Symbol.asyncIterator]() {
      yield cells(begin)
      for (let next = first; !next.done; ) {
        next = await rest.next()
        if (!next.done) yield cells(present(next.value))
      }
      if (totals) yield cells([totals])
    },
  }
}

async function* csvText(
  headers: readonly string[],
  table: Table,
  { separator, hasBom }: ExportOptions,
): AsyncGenerator<string> {
  yield `${hasBom ? '\ufeff' : ''}${csvLine(headers, separator)}`
  for await (const rows of table) if (rows.length > 0) yield rows.map((cells) => csvLine(cells, separator)).join('')
}
