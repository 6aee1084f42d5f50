import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { CSV_SEPARATORS } from '@trackyard/core/settings.ts'
import { z } from 'zod'
import type { ConfigReader } from '../../../stores/config/port.ts'
import type { Input } from '../../http/read-body.ts'
import { settingOf } from '../../settings/setting-store.ts'

export type Format = 'csv' | 'xlsx'

/** How a file is to be written. */
export interface ExportOptions {
  readonly format: Format
  /** Between the cells of CSV. */
  readonly separator: string
  /** What the first row calls the columns: as people do, or as requests do. */
  readonly headers: 'titles' | 'names'
  /** CSV begins with the mark by which spreadsheets recognise UTF-8. */
  readonly hasBom: boolean
}

const isOpen = (value: unknown): boolean => value === undefined || value === null || value === ''
const small = (value: unknown): unknown => (typeof value === 'string' ? value.trim().toLowerCase() : value)

/** What reports and logs read besides, to be answered as a file. */
export const exportShape = {
  format: z
    .preprocess(
      (value) => (isOpen(value) ? 'json' : small(value)),
      z.enum(['json', 'csv', 'xlsx'], { error: 'must be json, csv or xlsx' }),
    )
    .optional()
    .describe(
      'json, or csv or xlsx for a file with a row of titles and then every row there is, without the limit of answers. Texts in CSV that a spreadsheet would take for a formula, as they begin with = + - or @, get an apostrophe in front. Past 1048575 rows xlsx goes on in another sheet. With summary the totals are the last row; a trend is left out. The name of the file tells the base currency and the time zone, as do the headers Trackyard-Currency and Trackyard-Timezone.',
    ),
  headers: z
    .preprocess(
      (value) => (isOpen(value) ? 'titles' : small(value)),
      z.enum(['titles', 'names'], { error: 'must be titles or names' }),
    )
    .optional()
    .describe('First row of a file: titles for people, such as Revenue (hold), or names as requests write them.'),
  separator: z
    .preprocess(
      (value) => (isOpen(value) ? undefined : value === '\t' ? 'tab' : small(value)),
      z.enum(CSV_SEPARATORS, { error: 'must be ; or , or tab' }).optional(),
    )
    .describe(
      'Between the cells of csv: a semicolon, a comma, or tab; unless given as the setting csv_delimiter says.',
    ),
  bom: z
    .preprocess(
      (value) => (isOpen(value) ? false : /^(?:1|true|yes)$/i.test(String(value)) ? true : toNo(value)),
      z.boolean({ error: 'must be true or false' }),
    )
    .optional()
    .describe('csv begins with the mark by which Excel recognises UTF-8.'),
}
const toNo = (value: unknown): unknown => (/^(?:0|false|no)$/i.test(String(value)) ? false : value)

const exportRequest = z.object(exportShape)

/** A request of a report or log, and how it is to be answered: null for the usual answer. */
export interface ReadRequest {
  readonly input: Input
  readonly file: ExportOptions | null
}

/** What to look at for hints: files have no limit of their own. */
export const hinted = ({ input, file }: ReadRequest): Input => (file ? { ...input, limit: null } : input)

/** Splits a request. */
export async function readExport(input: Input, reader: Pick<ConfigReader, 'getMeta'>): Promise<Result<ReadRequest>> {
  const read = exportRequest.safeParse(input)
  if (!read.success)
    return fail(
      ...read.error.issues.map(({ path, message }) =>
        problem('bad_request', `${path.join('.')}: ${message}.`, path.join('.')),
      ),
    )
  const { format = 'json', headers = 'titles', bom = false } = read.data
  const rest = Object.fromEntries(Object.entries(input).filter(([name]) => !Object.hasOwn(exportShape, name)))
  if (format === 'json') return ok({ input: rest, file: null })
  const named = read.data.separator ?? (await settingOf(reader, 'csv_delimiter'))
  return ok({ input: rest, file: { format, headers, separator: named === 'tab' ? '\t' : named, hasBom: bom } })
}
