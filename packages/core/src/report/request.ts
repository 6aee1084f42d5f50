import { z } from 'zod'
import { count } from '../entities/fields.ts'
import { fail, ok, problem, type Result } from '../result.ts'
import { COMPARISON_PERIODS, comparisonPeriods } from './comparisons.ts'
import { CONVERSION_DATES, conversionDates } from './conversion-dates.ts'
import { TREND_UNITS } from './trends.ts'

const LIST = 'must be a list of names, such as ["country", "day"]'
const names = (what: string) =>
  z
    .preprocess(
      (value) => (typeof value === 'string' ? value.split(',').map((name) => name.trim()) : (value ?? undefined)),
      z.array(z.string({ error: LIST }), { error: LIST }).optional(),
    )
    .describe(what)
const yes = (what: string) =>
  z
    .preprocess((value) => value === true || value === 1 || value === '1' || value === 'true', z.boolean())
    .optional()
    .describe(what)
const text = (error: string, what: string) =>
  z
    .preprocess(
      (value) => (typeof value === 'number' ? String(value) : (value ?? undefined)),
      z.string({ error }).optional(),
    )
    .describe(what)

const range = z
  .preprocess(
    (value) => (typeof value === 'string' ? (value === '' ? undefined : { interval: value }) : (value ?? undefined)),
    z
      .object(
        {
          from: text(
            'must be a date such as 2026-02-03 or 2026-02-03 14:05:09',
            'First moment: a day, minute or second.',
          ),
          to: text(
            'must be a date such as 2026-02-03 or 2026-02-03 14:05:09',
            'Last moment, the whole day, minute or second included.',
          ),
          timezone: text(
            'must be the IANA name of a time zone such as Europe/Berlin',
            'IANA zone that days and hours are taken in; unless given that of your preferences, else the setting timezone.',
          ),
          interval: text(
            'must be the name of an interval such as today',
            'Named stretch such as today or 7_days_ago; wins over from and to.',
          ),
        },
        { error: 'must be an object such as {"interval": "today"}' },
      )
      .optional(),
  )
  .describe('Stretch of time. Either this or a limit must be given.')

const ORDER = 'must be asc or desc'
const sortItem = z.preprocess(
  (item) =>
    Array.isArray(item) ? { name: item[0], order: item[1] } : typeof item === 'string' ? fromWord(item) : item,
  z.object(
    {
      name: z.string({ error: 'must be the name of a column or metric' }).describe('Column or metric.'),
      order: z
        .preprocess((order) => String(order ?? 'asc').toLowerCase(), z.enum(['asc', 'desc'], { error: ORDER }))
        .describe('asc or desc, in letters of any size; asc unless given.'),
    },
    { error: 'must be an object such as {"name": "clicks", "order": "desc"}' },
  ),
)
/** `clicks`, `-clicks` or `clicks desc`, as lists in a query string have it. */
function fromWord(word: string): { name: string; order?: string } {
  const [name = '', order] = word.trim().split(/[\s:]+/)
  if (name.startsWith('-')) return { name: name.slice(1), order: 'desc' }
  return order === undefined ? { name } : { name, order }
}
const sortList = (what: string) =>
  z
    .preprocess(
      (value) =>
        value === null || value === undefined || value === ''
          ? undefined
          : Array.isArray(value) &&
              (value.length === 0 || typeof value[0] === 'object' || !/^(asc|desc)$/i.test(String(value[1])))
            ? value
            : typeof value === 'string'
              ? value.split(',')
              : [value],
      z.array(sortItem).optional(),
    )
    .describe(what)

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])
const FILTERS = 'must be a list such as [{"name": "country", "operator": "EQUALS", "expression": "US"}]'
const filterItem = z.object(
  {
    name: z.string({ error: 'must be the name of a column or metric' }).describe('Column or metric to look at.'),
    operator: z
      .string({ error: 'must be the name of an operator such as EQUALS' })
      .describe('One of the operators of /report/definition.'),
    expression: z
      .union([scalar, z.array(scalar)], { error: 'must be a value or a list of values' })
      .optional()
      .describe('What to compare with: a value, or a list for IN_LIST and BETWEEN.'),
    case_sensitive: yes('Texts are compared letter by letter; otherwise small and capital letters are the same.'),
    disabled: yes('The filter is left out.'),
    or: count().describe(
      'Filters with the same number are alternatives: one of them must hold. {"OR": [...]} writes it for you.',
    ),
  },
  { error: FILTERS },
)
const filters = z
  .preprocess((value) => filterList(value), z.array(filterItem, { error: FILTERS }).optional())
  .describe(
    'Conditions that all must hold; those on metrics apply after grouping. {"OR": [...]}, alone or in the list, holds when one of its own does.',
  )

/** One filter, `{"AND": [...]}`, `{"OR": [...]}` and JSON text (in a query string) are lists as well. */
function filterList(value: unknown): unknown {
  if (value === null || value === undefined || value === '') return undefined
  if (typeof value === 'string') {
    try {
      return filterList(JSON.parse(value))
    } catch {
      return value
    }
  }
  if (typeof value !== 'object') return value
  if (Array.isArray(value)) return value.flatMap((one: unknown, index) => alternatives(one, index + 1) ?? [one])
  if ('AND' in value) return filterList(value.AND)
  return alternatives(value, 1) ?? ('name' in value ? [value] : value)
}

/** What is in `{"OR": [...]}`, with one number for all; null for everything else. */
function alternatives(value: unknown, or: number): unknown[] | null {
  if (typeof value !== 'object' || value === null || !('OR' in value)) return null
  const { OR: list } = value
  if (!Array.isArray(list) || list.length === 0) return null
  return list.map((one: unknown) => (typeof one === 'object' && one !== null ? { ...one, or } : one))
}

/** One of a few words; an empty one counts as none. `also` maps further spellings to one of them. */
const word = <const Words extends readonly [string, ...string[]]>(
  words: Words,
  what: string,
  also: (given: unknown) => unknown = (given) => given,
) =>
  z
    .preprocess((value) => {
      const meant = also(value)
      return meant === null || meant === '' || meant === false
        ? undefined
        : typeof meant === 'string'
          ? meant.trim().toLowerCase()
          : meant
    }, z.enum(words, { error: `must be one of ${words.join(', ')}` }).optional())
    .describe(what)
const inWords = (all: Readonly<Record<string, { readonly help: string }>>): string =>
  Object.entries(all)
    .map(([name, { help }]) => `${name}: ${help}`)
    .join(' ')

/** What both read (reference conversions-and-reports §7.2). Either family of names will do. */
const request = z.object({
  range,
  interval: text('must be the name of an interval such as today', 'The same as range.interval, for query strings.'),
  from: text('must be a date such as 2026-02-03', 'The same as range.from, for query strings.'),
  to: text('must be a date such as 2026-02-03', 'The same as range.to, for query strings.'),
  timezone: text('must be the IANA name of a time zone', 'The same as range.timezone, for query strings.'),
  grouping: names('What rows are told apart by.'),
  dimensions: names('Newer name of grouping; wins over it.'),
  metrics: names('Figures of each row. Plain columns among them count as grouping.'),
  measures: names('Newer name of metrics; wins over it.'),
  columns: names('Columns of a log; in a report they count as grouping.'),
  filters,
  sort: sortList('Columns or metrics to sort by, the most important first.'),
  order: sortList('Another name of sort.'),
  limit: count().describe('Most rows to answer; 0 asks for as many as an answer may hold (100000).'),
  offset: count().describe('Rows to leave out at the start.'),
  offer: z
    .preprocess((value) => (/^\d+$/.test(String(value)) ? Number(value) : undefined), z.int().optional())
    .describe('How an old description of the API spells offset; read when offset is not given and this is a number.'),
  summary: yes('Adds totals over all rows, those of other pages included.'),
})

/** What logs read. */
export const logRequest = request.extend({
  cursor: text(
    'must be the cursor of the answer before, as text',
    'The cursor of the answer before, to go on after its last row: unlike an offset it neither repeats nor skips rows when new ones come. Send the same filters and sort again.',
  ),
})

/** What reports read: also how figures are made. */
export const reportRequest = request.extend({
  conversion_date: word(
    CONVERSION_DATES,
    `Which date a conversion belongs to, in place of the setting report_conversion_date. ${inWords(conversionDates)}`,
  ),
  compare: word(
    COMPARISON_PERIODS,
    `Sets each metric beside an earlier period: adds clicks_previous, clicks_change and clicks_change_percent to clicks, and so on; they can be sorted and filtered by. Where the range is not over yet, the earlier one ends at the same time of day. Rows that were there only then are answered as well. true is previous_period. ${inWords(comparisonPeriods)}`,
    (given) => (given === true || given === 1 || given === '1' || given === 'true' ? 'previous_period' : given),
  ),
  trend: word(
    TREND_UNITS,
    'Adds the same metrics over time under trend, of all rows together: a point for each day, hour or so of the range, also where nothing happened.',
  ),
})
export type RawRequest = z.output<typeof reportRequest> & Partial<z.output<typeof logRequest>>

/** Reads a request of a report or, with fewer fields, of a log; every problem names its field and what to write there. */
export function readRequest(body: unknown, shape: typeof reportRequest | typeof logRequest): Result<RawRequest> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return fail(problem('bad_request', 'The body must be an object such as {"range": {"interval": "today"}}.'))
  const parsed = shape.safeParse(body)
  if (!parsed.success)
    return fail(
      ...parsed.error.issues.map(({ path, message }) =>
        problem('bad_request', `${path.join('.') || 'body'}: ${message}.`, path.join('.')),
      ),
    )
  const { interval, from, to, timezone } = parsed.data
  const flat = interval || from || to ? { interval, from, to, timezone } : undefined
  return ok({ ...parsed.data, range: parsed.data.range ?? flat })
}
