import type { Binder } from './binder.ts'
import type { ValueKind } from './comparison.ts'
import type { ReportContext } from './context.ts'

/** What the SQL of a dimension may ask for. */
export interface DimensionScope {
  readonly binder: Binder
  readonly context: ReportContext
  readonly timeZone: string
  /** Place of the request's time zone. */
  readonly tz: () => string
  /** SQL of the moment a row is dated by, a DateTime64: when the click came, unless the report dates it otherwise. */
  readonly dated: () => string
  /** Names of what the request groups by or lists. */
  readonly grouped: readonly string[]
}

/** Names shown instead of what is stored. */
export interface Labels {
  /** What an empty key is shown as. */
  readonly empty: string | null
  /** All known keys with their names. */
  readonly entries: (context: ReportContext) => ReadonlyMap<string | number, string>
  /** Name of a key that is not among them. */
  readonly unknown: (key: string | number) => string
  readonly keyType: 'UInt32' | 'String'
  /** Keys are codes that people write as often as the names, so `EQUALS "US"` asks for the key US. */
  readonly isCode?: true
}

/**
 * Something clicks are told apart by. Rows are grouped and sorted by `key`; people see what `present` makes of it and
 * filter by what they see.
 */
export interface DimensionDef {
  readonly help: string
  /** Which comparisons make sense. */
  readonly kind: ValueKind
  /** `group`: in reports and logs. `report`: in reports only. `list`: in logs only. */
  readonly use: 'group' | 'report' | 'list'
  readonly key: (scope: DimensionScope) => string
  /** SQL of the text people see, where it is not the key. */
  readonly text?: (scope: DimensionScope) => string
  readonly labels?: Labels
  /** Every stored text is written in these letters. */
  readonly letters?: 'upper' | 'lower'
  readonly present?: (key: unknown, scope: Pick<DimensionScope, 'context' | 'timeZone'>) => unknown
  /** Bookkeeping that some clients ask for: not offered to anybody. */
  readonly isHidden?: true
  /** A report grouped by it first is sorted by it unless asked otherwise. */
  readonly isTime?: true
}

export const plainKey = (column: string) => () => column
export const presentFlag = (key: unknown): boolean => Number(key) === 1

export function presentKey(
  def: DimensionDef,
  key: unknown,
  scope: { context: ReportContext; timeZone: string },
): unknown {
  if (def.labels && (typeof key === 'string' || typeof key === 'number')) {
    if (key === '' || key === 0) return def.labels.empty
    return def.labels.entries(scope.context).get(key) ?? def.labels.unknown(key)
  }
  return def.present ? def.present(key, scope) : key
}
