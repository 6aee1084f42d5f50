import assert from 'node:assert/strict'
import { COLUMNS, dayLater } from './naive-columns.ts'
import { ESTIMATED } from './naive-metrics.ts'
import type { NaiveReport, Question } from './naive-report.ts'

type Cells = Record<string, unknown>
export interface Sort {
  readonly name: string
  readonly order: 'asc' | 'desc'
}
/** What was answered: all rows, without limit. */
export interface Answered {
  readonly rows: readonly Cells[]
  readonly total: number
  readonly summary?: Cells | undefined
  readonly trend?: readonly Cells[] | undefined
}

/** Fails unless the answer has the rows, the summary and the points of the recount, and is sorted as asked. */
export function sameReport(got: Answered, wanted: NaiveReport, question: Question, sort: readonly Sort[]): void {
  sameRows(got.rows, wanted.rows, question)
  assert.equal(got.total, wanted.rows.length)
  // Of no rows there is no summary to compare: the one row of a report without grouping was filtered away.
  if (wanted.rows.length > 0) sameCells(got.summary ?? {}, wanted.summary)
  inOrder(got.rows, wanted, sort)
  if (question.trend) samePoints(got.trend ?? [], wanted.trend, question)
}

const keyOf = (row: Cells, { grouping }: Question): string => JSON.stringify(grouping.map((name) => row[name]))

function sameRows(got: readonly Cells[], wanted: readonly Cells[], question: Question): void {
  const byKey = new Map(wanted.map((row) => [keyOf(row, question), row]))
  assert.deepEqual(got.map((row) => keyOf(row, question)).sort(), [...byKey.keys()].sort())
  for (const row of got) sameCells(row, byKey.get(keyOf(row, question)) ?? {})
}

function sameCells(got: Cells, wanted: Cells): void {
  assert.deepEqual(Object.keys(got).sort(), Object.keys(wanted).sort())
  for (const [name, value] of Object.entries(wanted)) {
    const isEstimate = [...ESTIMATED].some((metric) => name.startsWith(metric))
    if (!isEstimate || typeof value !== 'number') assert.deepEqual(got[name], value, name)
    else if (!name.endsWith('_percent'))
      assert.ok(Math.abs(Number(got[name]) - value) < 0.011, `${name}: ${got[name]} ${value}`)
  }
}

/** Sorted by the first key; by the next where that is a dimension, as metrics are sorted before they are rounded. */
function inOrder(rows: readonly Cells[], { rows: wanted, sortOf }: NaiveReport, sort: readonly Sort[]): void {
  const known = new Map(wanted.map((row) => [JSON.stringify(row), row]))
  for (let index = 1; index < rows.length; index++) {
    const [above, below] = [rows[index - 1], rows[index]]
    if (!above || !below) continue
    for (const { name, order } of sort) {
      const isDimension = COLUMNS.includes(name)
      if (!isDimension && !(name in above)) break
      const read = (row: Cells): string | number | null => {
        const same = known.get(JSON.stringify(row))
        const value = isDimension ? (same ? sortOf(same, name) : null) : row[name]
        return typeof value === 'string' || typeof value === 'number' ? value : null
      }
      const [a, b] = [read(above), read(below)]
      if (a === b && isDimension) continue
      // What cannot be said comes last.
      if (a === b || b === null) break
      assert.ok(a !== null && (order === 'asc' ? a < b : a > b), `${name} ${order}: ${a} above ${b}`)
      break
    }
  }
}

function samePoints(got: readonly Cells[], wanted: ReadonlyMap<string, Cells>, { trend }: Question): void {
  const unit = trend ?? ''
  const texts = got.map((point) => String(point[unit]))
  assert.equal(new Set(texts).size, texts.length, 'no point twice')
  for (const text of wanted.keys()) assert.ok(texts.includes(text), `${text} is missing`)
  for (const { [unit]: text, ...cells } of got) {
    const point = wanted.get(String(text))
    if (point) sameCells(cells, point)
    else for (const [name, value] of Object.entries(cells)) assert.ok(value === 0 || value === null, `${text} ${name}`)
  }
  if (unit === 'day')
    for (const [index, text] of texts.slice(1).entries()) assert.equal(text, dayLater(texts[index] ?? '', 1))
}
