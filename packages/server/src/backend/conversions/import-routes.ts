import { Readable } from 'node:stream'
import { type NumberedLine, openImport } from '@trackyard/core/conversion/import-line.ts'
import { flag } from '@trackyard/core/entities/fields.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { section } from '../auth/access.ts'
import { currencyField, timezoneField } from '../clicks/fields.ts'
import type { Backend } from '../context.ts'
import { noteDown, VISIBLE_MS } from '../events/commit.ts'
import { RawAnswer } from '../http/raw-answer.ts'
import { readInput } from '../http/read-input.ts'
import type { ApiRequest, Route } from '../route.ts'
import { type Ahead, type ImportTerms, type LineOutcome, type LineResult, planImport } from './import-batch.ts'
import { conversionTerms } from './read-conversion.ts'

const MAX_LINES = 100_000
const MAX_BYTES = 16 * 1024 * 1024
/** So many at once: one look-up, one piece of the answer. */
const BATCH = 2000

const accepts = z.object({
  conversions: z
    .unknown()
    .describe(
      'One conversion a line: click id, payout, transaction id, status, currency, datetime, separated by commas, semicolons or tabs. Fields at the end may be left out, empty ones in between keep their separator: `2k7f1m4c9d0a1b2c3,,,rejected`. A first line of names puts them in another order; notes in quotation marks may have several lines. No status is a sale; an empty payout leaves the money as it is.',
    ),
  file: z
    .unknown()
    .describe('The same as a file of a multipart form, or as the body itself with content type text/csv.'),
  dry_run: flag().default(false).describe('Tells what each line would do, and changes nothing.'),
  currency: currencyField,
  timezone: timezoneField,
})

const outcome = z
  .enum(['created', 'updated', 'unchanged', 'refused', 'failed'])
  .describe('What became of it; failed: it could not be stored, send it again.')
const count = (what: string) => z.int().describe(`Lines that ${what}.`)
const answers = z
  .object({
    dry_run: z.boolean().describe('Nothing was changed.'),
    ignored_columns: z.array(z.string()).describe('Columns of the header that nothing is read from.'),
    results: z
      .array(
        z.object({
          line: z.int().describe('Number of the line, from 1.'),
          click_id: z.string().describe('Click as it was written.'),
          tid: z.string().describe('Transaction id as it was written.'),
          outcome,
          message: z.string().describe('In words: what changes, or why the line is refused.'),
        }),
      )
      .describe('Every line that is not empty, in their order.'),
    total: count('were not empty'),
    created: count('made a conversion'),
    updated: count('changed one'),
    unchanged: count('say what is known'),
    refused: count('were refused'),
    failed: count('could not be stored'),
  })
  .meta({ id: 'ConversionImport', description: 'What became of an import.' })

export const importRoute: Route = {
  method: 'POST',
  path: '/conversions/import',
  description:
    'Add and change many conversions, each by the tid of its click; every status may become any other. dry_run tells first what would happen',
  access: section('write', 'conversions'),
  isUpload: true,
  maxBodyBytes: MAX_BYTES,
  accepts,
  answers,
  async handle(request, backend) {
    const read = readInput(accepts, request.input)
    if (!read.ok) return read
    const { dry_run, currency = '', timezone = 'UTC' } = read.value
    const text = textOf(read.value.file) || textOf(read.value.conversions)
    if (text.trim() === '')
      return fail(
        problem('validation', 'Lines are required: send them as `conversions`, or a file as `file`', 'conversions'),
      )
    const opened = openImport(text)
    if (!opened.ok) return fail(...opened.problems.map((one) => ({ ...one, at: 'conversions' })))
    const { ignoredColumns, lineCount } = opened.value
    if (lineCount > MAX_LINES) {
      const message = `conversions: at most ${MAX_LINES} lines at once, and these are ${lineCount}. Send them in several parts.`
      return fail(problem('too_large', message))
    }
    if (ignoredColumns.length > 0)
      request.hint(`Nothing is read from the columns ${ignoredColumns.join(', ')}: see ignored_columns.`)
    const terms: ImportTerms = { ...(await conversionTerms(backend)), timeZone: timezone, currency }
    const run = createRun(request, backend, terms, dry_run)
    const batches = inBatches(opened.value.lines())
    // Before anything is answered: what keeps the first ones from being read keeps all.
    const first = await run.carryOut(batches.next().value ?? [])
    if (!first.ok) return first
    return ok(
      new RawAnswer('application/json', Readable.from(answerParts(run, first.value, batches, dry_run, ignoredColumns))),
    )
  },
}

/** A file as text: UTF-8, or UTF-16 as spreadsheets write what they call Unicode text. '' when nothing was given. */
function textOf(given: unknown): string {
  if (typeof given === 'string') return given
  if (!(given instanceof Uint8Array)) return ''
  const mark = given[0] === 0xff && given[1] === 0xfe ? 'le' : given[0] === 0xfe && given[1] === 0xff ? 'be' : null
  return new TextDecoder(mark === null ? 'utf-8' : `utf-16${mark}`).decode(given)
}

function* inBatches(lines: Iterable<NumberedLine>): Generator<NumberedLine[], undefined> {
  let batch: NumberedLine[] = []
  for (const line of lines) {
    batch.push(line)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

interface Run {
  carryOut(batch: readonly NumberedLine[]): Promise<Result<readonly LineResult[]>>
  /** Writes the import down, and waits a moment until what it changed shows. */
  finish(counts: Readonly<Record<LineOutcome, number>>): Promise<void>
}

function createRun(request: ApiRequest, backend: Backend, terms: ImportTerms, isDryRun: boolean): Run {
  const ahead: Ahead = new Map()
  const changes: string[] = []
  let last = 0
  return {
    async carryOut(batch) {
      const planned = await planImport(batch, terms, ahead, request.actor, backend)
      if (!planned.ok) return planned
      const { results, events } = planned.value
      if (isDryRun || events.length === 0) return ok(results)
      const written = await backend.eventWriter.append(events)
      if (!written.ok) return written
      last = Math.max(last, ...written.value)
      for (const { click_id, tid, outcome, message } of results)
        if (isChange(outcome) && changes.length < MAX_NOTED) changes.push(`${click_id} ${tid}: ${message}`)
      return ok(results)
    },
    async finish(counts) {
      if (isDryRun || last === 0) return
      await noteDown(request, backend, [
        {
          action: 'run',
          kind: 'conversions',
          entityId: 0,
          before: null,
          after: { route: importRoute.path, ...counts, changes },
        },
      ])
      await backend.eventWriter.untilStored(last, VISIBLE_MS)
    },
  }
}

/** Changes that the audit log names; of more it has the number. */
const MAX_NOTED = 200
const isChange = (outcome: LineOutcome): boolean => outcome === 'created' || outcome === 'updated'

/** The answer as it comes into being. */
async function* answerParts(
  run: Run,
  first: readonly LineResult[],
  batches: Iterable<readonly NumberedLine[]>,
  isDryRun: boolean,
  ignoredColumns: readonly string[],
): AsyncGenerator<string> {
  const counts: Record<LineOutcome, number> = { created: 0, updated: 0, unchanged: 0, refused: 0, failed: 0 }
  let total = 0
  const written = (results: readonly LineResult[]): string =>
    results
      .map((result) => {
        counts[result.outcome]++
        return `${total++ === 0 ? '' : ','}${JSON.stringify(result)}`
      })
      .join('')
  const head = { dry_run: isDryRun, ignored_columns: ignoredColumns }
  yield `${JSON.stringify(head).slice(0, -1)},"results":[${written(first)}`
  for (const batch of batches) {
    const done = await run.carryOut(batch)
    yield written(done.ok ? done.value : batch.map((one) => failed(one, done.problems[0]?.message ?? '')))
  }
  await run.finish(counts)
  yield `],"total":${total},${JSON.stringify(counts).slice(1)}`
}

const failed = ({ line, read }: NumberedLine, message: string): LineResult => ({
  ...{ line, outcome: 'failed', message },
  ...(typeof read === 'string' ? { click_id: '', tid: '' } : { click_id: read.click_id, tid: read.tid }),
})
