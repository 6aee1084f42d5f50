import { z } from 'zod'

const meta = z
  .object({
    datetime: z.string().describe('When the answer was made, ISO 8601.'),
    execution_time: z.string().describe('Seconds it took, as text.'),
    currency: z
      .string()
      .optional()
      .describe('Currency of all amounts: the base currency. The shapes of 2017 do not have it.'),
    timezone: z
      .string()
      .optional()
      .describe('Zone of all times and of the days of the range, an IANA name. The shapes of 2017 do not have it.'),
  })
  .describe('About the answer itself.')
const row = z.record(z.string(), z.unknown())

/** What reports and logs answer (reference admin-api §3.6). */
export const reportAnswer = z.object({
  rows: z
    .array(
      row.describe(
        'A value for each grouping and metric asked for, by its name; compared metrics with their _previous, _change and _change_percent.',
      ),
    )
    .describe('The page.'),
  total: z.int().describe('Rows there are without limit and offset.'),
  summary: z
    .record(z.string(), z.number().nullable())
    .optional()
    .describe('Metrics over all rows, where a summary was asked for.'),
  trend: z
    .array(row.describe('The point by the name of its unit, such as day, and the metrics there.'))
    .optional()
    .describe('Metrics over time, where a trend was asked for: every step of the range, in order.'),
  meta,
})
export const logAnswer = z.object({
  rows: z.array(row.describe('A value for each column asked for, by its name.')).describe('The page, newest first.'),
  total: z.int().describe('Rows there are without limit, offset and cursor.'),
  cursor: z
    .string()
    .nullable()
    .optional()
    .describe(
      'Send it as cursor to get the page after this one; null when there is none. The shapes of 2017 have it when the request names a cursor, be it an empty one.',
    ),
  meta,
})

const namedText = (what: string) =>
  z.object({ name: z.string().describe(what), help: z.string().describe('In words.') })
const namesWithHelp = (what: string) => z.array(namedText('As it is written.')).describe(what)
const nameList = (what: string) => z.array(z.string()).describe(what)

export const definitionAnswer = z.object({
  dimensions: z
    .array(
      namedText('Name in grouping and filters.').extend({
        label: z.string().describe('Column header.'),
        kind: z.enum(['text', 'number', 'flag', 'time']).describe('Which comparisons make sense.'),
        has_labels: z.boolean().describe('Its values can be on the white or black list of a campaign.'),
      }),
    )
    .describe('What reports may be grouped by.'),
  metrics: z
    .array(
      namedText('Name in metrics, sort and filters.').extend({
        label: z.string().describe('Column header.'),
        unit: z.enum(['count', 'percent', 'money', 'seconds']).describe('What the number is.'),
        decimals: z.int().describe('Decimals it is rounded to.'),
        numerator: z.string().describe('What is divided, or counted where nothing is divided.'),
        denominator: z.string().nullable().describe('What it is divided by; null: nothing.'),
        formula: z.string().describe('How it is worked out, with metrics by their labels.'),
        statuses: nameList('Conversions in these statuses count in it; empty when it looks at none.'),
        method: z.string().nullable().describe('How an interval is worked out; null: it is none.'),
        at_zero: z.number().describe('What is answered where nothing was counted or the denominator is 0.'),
      }),
    )
    .describe('Figures of reports.'),
  click_log_columns: nameList('Columns of the click log.'),
  conversion_log_columns: nameList('Columns of the conversion log.'),
  operators: nameList('Operators of filters.'),
  conversion_dates: namesWithHelp('Which date a conversion belongs to: values of conversion_date.'),
  comparisons: namesWithHelp('Earlier periods to compare with: values of compare.'),
  compared_figures: namesWithHelp('What a comparison adds to the name of each metric.'),
  trends: nameList('Steps of a trend: values of trend.'),
  intervals: nameList('Named intervals; <N>_days_ago, <N>_months_ago and <N>_years_ago are known besides.'),
})

/** One click or conversion with every column there is. */
export const singleAnswer = z
  .record(z.string(), z.unknown())
  .describe('Every column of the log that you may see, by its name; see /report/definition.')
