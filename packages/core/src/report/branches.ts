import { clickColumns } from '../events/click-columns.ts'
import { ok, type Result } from '../result.ts'
import { conversionsSource, stayingCounterSql } from './attribution.ts'
import { earlierRange, laterSql, type Shift } from './comparisons.ts'
import { conversionDates } from './conversion-dates.ts'
import type { Counter } from './expression.ts'
import type { Part } from './figure.ts'
import { counterSql } from './metric-sql.ts'
import { clicksCounting } from './own-statuses.ts'
import type { ReportQuery } from './query.ts'
import { boundaries, type PlanScope, readerBounds } from './scope.ts'

/** Rows a report counts: of one period, from one source, dated in one way. */
export interface Branch {
  readonly part: Part
  readonly scope: PlanScope
  /** Call it last, when all counters were asked for: only what they need is read. */
  readonly from: () => string
  readonly where: readonly string[]
  /** The counter as an aggregate over these rows; null when they have nothing of it. */
  readonly counter: (counter: Counter) => string | null
}

/**
 * What a report adds up. Ordinarily these are the clicks of its range and nothing else; conversions on a date of their own
 * are a second source, and a period to compare with has each of them once more.
 */
export function branchesOf(query: ReportQuery, scope: PlanScope): Result<readonly Branch[]> {
  const current = sourcesOf(query, scope, 'current', null)
  if (query.compare === null) return ok(current)
  const earlier = earlierRange(query.compare, scope.range, scope.context.nowMs)
  if (!earlier.ok) return earlier
  const { range, shift } = earlier.value
  return ok([...current, ...sourcesOf(query, { ...scope, range }, 'previous', shift)])
}

function sourcesOf(query: ReportQuery, scope: PlanScope, part: Part, shift: Shift | null): Branch[] {
  const dated = (moment: string): PlanScope => ({
    ...scope,
    // Rows of the earlier period stand beside those of the range that have the same place in it.
    dated: () => (shift === null ? moment : laterSql(moment, shift, scope.tz())),
  })
  const columns = new Set<string>()
  const { time } = conversionDates[query.conversionDate ?? scope.context.conversionDate ?? 'click']
  const clicks: Branch = {
    part,
    scope: dated('datetime'),
    from: () => clicksCounting([...columns], scope),
    where: boundaries(scope, 'datetime'),
    counter(counter) {
      if (time !== null) return stayingCounterSql(counter)
      if (counter.op === 'sum') for (const column of counter.columns) columns.add(column)
      return counterSql(counter, clickColumns)
    },
  }
  if (time === null) return [clicks]
  const { counter, from, where } = conversionsSource(scope, time)
  const conversions: Branch = {
    ...{ part, counter, from },
    scope: dated('conversion_at'),
    where: [...where, ...readerBounds(scope)],
  }
  return [clicks, conversions]
}
