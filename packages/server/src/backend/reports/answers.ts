import { z } from 'zod'

const meta = z
  .object({
    datetime: z.string().describe('When the answer was made, ISO 8601.'),
    execution_time: z.string().describe('Seconds it took, as text.'),
  })
  .describe('About the answer itself.')
const row = z.record(z.string(), z.unknown())

/** What reports and logs answer (reference admin-api §3.6). */
export const reportAnswer = z.object({
  rows: z.array(row.describe('A value for each grouping and metric asked for, by its name.')).describe('The page.'),
  total: z.int().describe('Rows there are without limit and offset.'),
  summary: z
    .record(z.string(), z.number())
    .optional()
    .describe('Metrics over all rows, where a summary was asked for.'),
  meta,
})
export const logAnswer = z.object({
  rows: z.array(row.describe('A value for each column asked for, by its name.')).describe('The page, newest first.'),
  total: z.int().describe('Rows there are without limit and offset.'),
  meta,
})

const namedText = (what: string) =>
  z.object({ name: z.string().describe(what), help: z.string().describe('In words.') })
const nameList = (what: string) => z.array(z.string()).describe(what)

export const definitionAnswer = z.object({
  dimensions: z
    .array(
      namedText('Name in grouping and filters.').extend({
        kind: z.enum(['text', 'number', 'flag', 'time']).describe('Which comparisons make sense.'),
      }),
    )
    .describe('What reports may be grouped by.'),
  metrics: z
    .array(
      namedText('Name in metrics, sort and filters.').extend({
        label: z.string().describe('Column header.'),
        unit: z.enum(['count', 'percent', 'money', 'seconds']).describe('What the number is.'),
      }),
    )
    .describe('Figures of reports.'),
  click_log_columns: nameList('Columns of the click log.'),
  conversion_log_columns: nameList('Columns of the conversion log.'),
  operators: nameList('Operators of filters.'),
  intervals: nameList('Named intervals; <N>_days_ago, <N>_months_ago and <N>_years_ago are known besides.'),
})

/** One click or conversion with every column there is. */
export const singleAnswer = z
  .record(z.string(), z.unknown())
  .describe('Every column of the log that you may see, by its name; see /report/definition.')
