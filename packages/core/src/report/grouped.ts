import type { Branch } from './branches.ts'
import type { DimensionDef } from './dimension.ts'
import { type Counter, counterKey } from './expression.ts'
import type { Part } from './figure.ts'
import { whereSql } from './scope.ts'

/** What rows are told apart by, and its alias in the statement. */
export interface Dimension {
  readonly name: string
  readonly def: DimensionDef
  readonly alias: string
}

/** The rows of a report, grouped: pieces of the statement that counts them. */
export interface Grouped {
  /** A counter of a group. Whatever is asked for here is counted. */
  readonly leaf: (part: Part) => (counter: Counter) => string
  /** Holds for groups that there are: those whose states were not all cancelled. */
  readonly isThere: string
  /** FROM and WHERE. Call it last, when every counter that is needed was asked for. */
  readonly source: () => string
  /** The keys as they are selected, and the GROUP BY of a statement over `source`; '' without dimensions. */
  readonly keys: readonly string[]
  readonly groupBy: string
}

/**
 * One source is grouped as it is: one GROUP BY over the states. Several are grouped each on their own, and what they
 * counted is added up.
 */
export function groupedBy(
  branches: readonly Branch[],
  dims: readonly Dimension[],
  conditions: (branch: Branch) => readonly string[],
): Grouped {
  const groupBy = dims.length === 0 ? '' : `GROUP BY ${dims.map(({ alias }) => alias).join(', ')}`
  const keysIn = (branch: Branch): string[] => dims.map(({ def, alias }) => `${def.key(branch.scope)} AS ${alias}`)
  const whereOf = (branch: Branch): string => whereSql([...branch.where, ...conditions(branch)])
  const [only] = branches
  if (only && branches.length === 1)
    return {
      leaf: () => (counter) => only.counter(counter) ?? '0',
      isThere: 'sum(sign) > 0',
      source: () => `FROM ${only.from()}${whereOf(only)}`,
      keys: keysIn(only),
      groupBy,
    }

  const counted = new Map<string, { readonly part: Part; readonly counter: Counter; readonly alias: string }>()
  const aliasOf = (part: Part, counter: Counter): string => {
    const key = `${part} ${counterKey(counter)}`
    const alias = counted.get(key)?.alias ?? `n${counted.size}`
    counted.set(key, { part, counter, alias })
    return alias
  }
  const select = (branch: Branch): string => {
    const counters = [...counted.values()].map(({ part, counter, alias }) => {
      const counts = part === branch.part ? branch.counter(counter) : null
      return `${counts ?? '0'} AS ${alias}`
    })
    const listed = [...keysIn(branch), 'sum(sign) AS present', ...counters]
    return `SELECT ${listed.join(', ')}\nFROM ${branch.from()}${whereOf(branch)}${groupBy === '' ? '' : `\n${groupBy}`}`
  }
  return {
    leaf: (part) => (counter) => `sum(${aliasOf(part, counter)})`,
    isThere: 'sum(present) > 0',
    source: () => `FROM (\n${branches.map(select).join('\nUNION ALL\n')}\n)`,
    keys: dims.map(({ alias }) => alias),
    groupBy,
  }
}
