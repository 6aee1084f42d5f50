import { type ListedStatus, type NumberedStatus, statusRefOf } from '../conversion/custom-status.ts'
import { isStatus, statuses } from '../conversion/statuses.ts'
import { nearest } from '../nearest.ts'
import { countedColumn } from './own-columns.ts'

/** What counts conversions in the status that somebody wrote in place of a metric; null when it is none. */
export function metricOfStatus(word: string, own: readonly NumberedStatus[]): string | null {
  const written = word.trim().toLowerCase()
  const ref = statusRefOf(own.find(({ label }) => label.toLowerCase() === written)?.name ?? written, own)
  if (ref === null) return null
  if (ref.custom) return `custom_conversion_${own.find(({ name }) => name === ref.status)?.number}`
  return isStatus(ref.status) ? statuses[ref.status].counter : null
}

/** Metrics of own statuses that there are not. */
export const numberHints = (metrics: readonly string[], own: readonly NumberedStatus[]): string[] =>
  metrics.flatMap((name) => {
    const number = countedColumn(name.replace(/^cr_/, ''))?.number
    return number === undefined || own.some((one) => one.number === number)
      ? []
      : [`metrics: no status of your own has the number ${number}, so ${name} is 0.`]
  })

const COLUMNS: ReadonlySet<string> = new Set(['status', 'previous_status'])
const OPERATORS: ReadonlySet<string> = new Set(['EQUALS', 'NOT_EQUAL', 'IN_LIST', 'NOT_IN_LIST'])
const MAX_HINTS = 5

interface StatusFilter {
  readonly name: string
  readonly operator: string
  readonly values: readonly string[]
}

/** Statuses that filters name and no conversion has. `own`: those of the user's own, archived ones too. */
export function statusFilterHints(filters: readonly StatusFilter[], own: readonly ListedStatus[]): string[] {
  const known = [...Object.keys(statuses), ...own.map(({ name }) => name)]
  return filters
    .filter(({ name, operator }) => COLUMNS.has(name) && OPERATORS.has(operator))
    .flatMap(({ name, values }) => values.map((value) => ({ name, value: value.trim().toLowerCase() })))
    .filter(({ value }) => value !== '' && !known.includes(value))
    .slice(0, MAX_HINTS)
    .map(({ name, value }) => {
      const meant = statusRefOf(value, own)?.status ?? nearest(value.slice(0, 100), known)
      const cure = meant === null ? `. Statuses: ${known.join(', ')}.` : `: did you mean ${meant}?`
      return `${name}: there is no status ${JSON.stringify(value.slice(0, 100))}${cure}`
    })
}
