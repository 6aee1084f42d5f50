import { Readable } from 'node:stream'
import { createImportReader, type ImportLine } from '@trackyard/core/conversion/import-line.ts'
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
import {
  type Ahead,
  type ImportTerms,
  type LineOutcome,
  type LineResult,
  type NumberedLine,
  planImport,
} from './import-batch.ts'
import { conversionTerms } from './read-conversion.ts'

const MAX_LINES = 100_000
/** So many at once: one look-up, one piece of the answer. */
const BATCH = 2000

const accepts = z.object({
  conversions: z
    .unknown()
    .describe(
      'One conversion a line: click id, payout, transaction id, status, currency, datetime, separated by commas, semicolons or tabs. Fields at the end may be left out, empty ones in between keep their separator: `2k7f1m4c9d0a1b2c3,,,rejected`. A first line of names puts them in another order. No status is a sale; an empty payout leaves the money as it is.',
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
  accepts,
  answers,
  async handle(request, backend) {
    const read = readInput(accepts, request.input)
    if (!read.ok) return read
    const { dry_run, currency = '', timezone = 'UTC' } = read.value
    const bytes = bytesOf(read.value.file) ?? bytesOf(read.value.conversions)
    if (bytes === null || bytes.every((byte) => byte <= 32))
      return fail(
        problem('validation', 'Lines are required: send them as `conversions`, or a file as `file`', 'conversions'),
      )
    if (lineCount(bytes) > MAX_LINES)
      return fail(problem('too_large', `conversions: at most ${MAX_LINES} lines at once. Send them in several parts.`))
    const terms: ImportTerms = { ...(await conversionTerms(backend)), timeZone: timezone, currency }
    const run = createRun(request, backend, terms, dry_run)
    const batches = batchesOf(bytes)
    // Before anything is answered: what keeps the first ones from being read keeps all.
    const first = await run.carryOut(batches.next().value ?? [])
    if (!first.ok) return first
    return ok(new RawAnswer('application/json', Readable.from(answerParts(run, first.value, batches, dry_run))))
  },
}

const bytesOf = (given: unknown): Buffer | null =>
  given instanceof Uint8Array
    ? Buffer.from(given.buffer, given.byteOffset, given.byteLength)
    : typeof given === 'string' && given !== ''
      ? Buffer.from(given)
      : null

function lineCount(bytes: Buffer): number {
  let count = 1
  for (let place = bytes.indexOf(NEWLINE); place !== -1; place = bytes.indexOf(NEWLINE, place + 1)) count++
  return count
}
const NEWLINE = 0x0a

/** Lines as they are needed: of a large file no second copy is made. */
function* batchesOf(bytes: Buffer): Generator<NumberedLine[], undefined> {
  const reader = createImportReader()
  let batch: NumberedLine[] = []
  let number = 0
  for (let start = 0; start <= bytes.length; ) {
    const found = bytes.indexOf(NEWLINE, start)
    const end = found === -1 ? bytes.length : found
    number++
    const read: ImportLine | string | null =
      end - start > MAX_LINE_BYTES
        ? `is longer than ${MAX_LINE_BYTES} bytes`
        : reader.read(bytes.toString('utf8', start, end))
    if (read !== null) batch.push({ line: number, read })
    if (batch.length === BATCH) {
      yield batch
      batch = []
    }
    start = end + 1
  }
  if (batch.length > 0) yield batch
}
const MAX_LINE_BYTES = 2000

interface Run {
  carryOut(batch: readonly NumberedLine[]): Promise<Result<readonly LineResult[]>>
  /** Writes the import down, and waits a moment until what it changed shows. */
  finish(counts: Readonly<Record<LineOutcome, number>>): Promise<void>
}

function createRun(request: ApiRequest, backend: Backend, terms: ImportTerms, isDryRun: boolean): Run {
  const ahead: Ahead = new Map()
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
          after: { route: importRoute.path, ...counts },
        },
      ])
      await backend.eventWriter.untilStored(last, VISIBLE_MS)
    },
  }
}

/** The answer as it comes into being. */
async function* answerParts(
  run: Run,
  first: readonly LineResult[],
  batches: Iterable<readonly NumberedLine[]>,
  isDryRun: boolean,
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
  yield `{"dry_run":${isDryRun},"results":[${written(first)}`
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
