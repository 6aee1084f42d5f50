import { compileMetric } from './evaluate.ts'
import { type Counter, counterKey, countersOf } from './expression.ts'
import { comparedCells, type Figure, figureOf, type Part } from './figure.ts'
import type { Grouped } from './grouped.ts'
import { counterAlias } from './metric-sql.ts'
import { metrics } from './metrics.ts'

type Row = Readonly<Record<string, unknown>>
export type Cells = Record<string, number | null>

const MAX_ALIAS = 20

export interface ShownFigure {
  /** As it was asked for: an alias keeps its name. */
  readonly name: string
  readonly figure: Figure
}

/** The counters behind the metrics, and what is worked out from them. */
export function selectFigures(
  shown: readonly ShownFigure[],
  { leaf }: Grouped,
  isCompared: boolean,
): { readonly columns: string[]; readonly present: (row: Row) => Cells } {
  const counters = new Map<string, Counter>()
  for (const { figure } of shown) countersOf(figure.metric.expr, metrics, counters)
  const parts: readonly Part[] = isCompared ? ['current', 'previous'] : ['current']
  const keys = [...counters.keys()]
  const aliasOf = (part: Part, counter: Counter): string => {
    const alias = counterAlias(counter)
    // It stands in every row of the answer.
    const short = alias.length > MAX_ALIAS ? `c_${keys.indexOf(counterKey(counter))}` : alias
    return part === 'current' ? short : `before_${short}`
  }
  const columns = parts.flatMap((part) =>
    [...counters.values()].map((counter) => {
      const sql = leaf(part)(counter)
      // Wider than JSON numbers: it comes as text and loses no more than it must.
      return `${counter.op === 'sumSquares' ? `toString(${sql})` : sql} AS ${aliasOf(part, counter)}`
    }),
  )
  const aliases = [...counters].map(([key, counter]) => ({
    key,
    current: aliasOf('current', counter),
    previous: aliasOf('previous', counter),
  }))
  // Runs for every row of an answer, up to 100 000.
  const countedIn = (row: Row, part: Part): Record<string, number> => {
    const values: Record<string, number> = {}
    for (const alias of aliases) values[alias.key] = Number(row[alias[part]] ?? 0)
    return values
  }
  const compiled = shown.map(({ name, figure }) => ({ name, ...figure, value: compileMetric(figure.metric, metrics) }))
  return {
    columns,
    present(row) {
      const cells: Cells = {}
      const now = countedIn(row, 'current')
      const before = isCompared ? countedIn(row, 'previous') : null
      for (const { name, metric, value } of compiled) {
        cells[name] = value(now)
        if (before) Object.assign(cells, comparedCells(name, metric, value(now), value(before)))
      }
      return cells
    },
  }
}

/** Requests are parsed before they are planned, so an unknown name here is a bug. */
export function namedFigure(name: string): Figure {
  const figure = figureOf(name)
  if (figure === null) throw new Error(`No metric is called ${name}.`)
  return figure
}
