import { fail, ok, problem, type Result } from '../result.ts'
import { type Comparison, compare } from './comparison.ts'
import { comparisonSql, type SqlOperand } from './comparison-sql.ts'
import type { DimensionDef, DimensionScope, Labels } from './dimension.ts'
import { hasLabelSql } from './label-sql.ts'
import { LABELLED, LABELS } from './labels.ts'
import { compileOperator, isOperator, operators } from './operators.ts'
import type { FilterRequest } from './query.ts'

/** A filter and the condition that it became. */
export interface Condition {
  readonly filter: FilterRequest
  readonly sql: string
}

/** Conditions that must all hold, with alternatives joined into one. */
export function joined(conditions: readonly Condition[]): string[] {
  const groups = Map.groupBy(conditions, ({ filter: { or } }, index) => (or === undefined ? `#${index}` : or))
  return [...groups.values()].map((group) => {
    const sql = group.map((one) => one.sql).join(' OR ')
    return group.length === 1 ? sql : `(${sql})`
  })
}

/** A filter on a dimension as a condition on rows. Refuses unknown operators and values that cannot be read. */
export function dimensionFilterSql(filter: FilterRequest, def: DimensionDef, scope: DimensionScope): Result<string> {
  const kind = def.labels ? 'text' : def.kind
  const compiled = compileFilter(filter, kind, scope)
  if (!compiled.ok) return compiled
  if (filter.name !== 'label' && isOperator(filter.operator) && operators[filter.operator].arity === 'label')
    return labelSql(filter, compiled.value, scope)
  return ok(
    def.labels
      ? namedSql(compiled.value, def, def.labels, scope)
      : comparisonSql(compiled.value, operandOf(def, scope), scope.binder),
  )
}

export function compileFilter(
  filter: FilterRequest,
  kind: DimensionDef['kind'],
  { timeZone }: { timeZone: string },
): Result<Comparison> {
  if (!isOperator(filter.operator))
    return fail(
      problem(
        'bad_request',
        `There is no operator ${JSON.stringify(filter.operator)}. Valid: ${Object.keys(operators).join(', ')}.`,
        'filters',
      ),
    )
  const isLabel = operators[filter.operator].arity === 'label'
  const compiled = compileOperator(
    filter.operator,
    { kind: isLabel ? 'text' : kind, values: filter.values, fold: !filter.caseSensitive, timeZone },
    `filters.${filter.name}`,
  )
  if (compiled.ok) return compiled
  return fail(...compiled.problems.map((one) => ({ ...one, message: `${filter.name}: ${one.message}` })))
}

function operandOf(def: DimensionDef, scope: DimensionScope): SqlOperand {
  const key = def.key(scope)
  if (def.kind === 'text') {
    const text = def.text?.(scope) ?? key
    return { kind: 'text', value: text, text, ...(def.letters && { letters: def.letters }) }
  }
  return { kind: def.kind, value: key, text: def.text?.(scope) ?? `toString(${key})` }
}

/**
 * People filter by the names they see; rows hold keys. The names are few, so they are compared here and the store is
 * asked for the keys. Keys without a name answer as `#12` would.
 */
function namedSql(comparison: Comparison, def: DimensionDef, labels: Labels, scope: DimensionScope): string {
  const isNegated = comparison.is === 'not'
  const wanted = isNegated ? comparison.of : comparison
  const codes = labels.isCode ? codesIn(wanted) : new Set<string | number>()
  const matching = new Set(codes)
  const others = new Set<string | number>()
  const emptyKey = labels.keyType === 'String' ? '' : 0
  for (const [key, name] of [[emptyKey, labels.empty ?? ''] as const, ...labels.entries(scope.context)])
    (codes.has(key) || compare(wanted, name) ? matching : others).add(key)
  const unknownMatches = compare(wanted, labels.unknown('?'))
  const list = scope.binder.bind(`Array(${labels.keyType})`, [...(unknownMatches ? others : matching)])
  return `${def.key(scope)} ${unknownMatches === isNegated ? 'IN' : 'NOT IN'} ${list}`
}

/** The codes that an exact comparison names, in the letters they may be stored in. */
function codesIn(comparison: Comparison): Set<string | number> {
  if (comparison.is !== 'in') return new Set()
  const texts = comparison.values.map(String).filter((text) => text !== '')
  return new Set(comparison.fold ? texts.flatMap((text) => [text.toUpperCase(), text.toLowerCase()]) : texts)
}

function labelSql(filter: FilterRequest, comparison: Comparison, scope: DimensionScope): Result<string> {
  const at = `filters.${filter.name}`
  if (!LABELLED.includes(filter.name))
    return fail(
      problem('bad_request', `Values of ${filter.name} carry no labels. Those that do: ${LABELLED.join(', ')}.`, at),
    )
  if (filter.values.some((value) => !LABELS.some((label) => label === value.toLowerCase())))
    return fail(problem('bad_request', `${filter.operator} compares with ${LABELS.join(' or ')}.`, at))
  const wanted = comparison.is === 'not' ? comparison.of : comparison
  const condition = hasLabelSql(filter.name, scope, (label) => compare(wanted, label))
  return ok(comparison.is === 'not' ? `NOT (${condition})` : condition)
}
