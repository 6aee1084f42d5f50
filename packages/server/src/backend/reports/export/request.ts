import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { Input } from '../../http/read-body.ts'

const SEPARATORS = { ';': ';', ',': ',', tab: '\t' } as const

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
      'json, or csv or xlsx for a file with a row of titles and then every row there is, without the limit of answers. Texts in CSV that a spreadsheet would take for a formula, as they begin with = + - or @, get an apostrophe in front. Past 1048575 rows xlsx goes on in another sheet. With summary the totals are the last row; a trend is left out.',
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
      (value) => (isOpen(value) ? ';' : value === '\t' ? 'tab' : small(value)),
      z.enum([';', ',', 'tab'], { error: 'must be ; or , or tab' }),
    )
    .optional()
    .describe('Between the cells of csv: a semicolon unless given, a comma, or tab.'),
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
export function readExport(input: Input): Result<ReadRequest> {
  const read = exportRequest.safeParse(input)
  if (!read.success)
    return fail(
      ...read.error.issues.map(({ path, message }) =>
        problem('bad_request', `${path.join('.')}: ${message}.`, path.join('.')),
      ),
    )
  const { format = 'json', headers = 'titles', separator = ';', bom = false } = read.data
  const rest = Object.fromEntries(Object.entries(input).filter(([name]) => !Object.hasOwn(exportShape, name)))
  const file = format === 'json' ? null : { format, headers, separator: SEPARATORS[separator], hasBom: bom }
  return ok({ input: rest, file })
}
