import { RE2JS } from 're2js'

/**
 * What a filter asks of a value, as data: the same value is turned into SQL and run in memory. Texts are compared
 * without regard to case when `fold` is set.
 */
export type Comparison =
  | { readonly is: 'in'; readonly values: readonly (string | number)[]; readonly fold: boolean }
  /** Numbers (also moments, in milliseconds): each bound belongs to the range unless open. */
  | { readonly is: 'between'; readonly min?: number; readonly max?: number; readonly open?: boolean }
  /** The same for texts in code point order, e.g. days. */
  | { readonly is: 'text_between'; readonly min?: string; readonly max?: string; readonly open?: boolean }
  | { readonly is: 'contains' | 'begins' | 'ends'; readonly text: string; readonly fold: boolean }
  /** RE2 pattern with its flags in front. */
  | { readonly is: 'matches'; readonly pattern: string }
  | { readonly is: 'set' }
  | { readonly is: 'any'; readonly of: readonly Comparison[] }
  | { readonly is: 'not'; readonly of: Comparison }

export type ValueKind = 'text' | 'number' | 'flag' | 'time'

/** Runs a comparison on one value: a text, or a number for kinds that are numbers inside. */
export function compare(comparison: Comparison, value: string | number): boolean {
  switch (comparison.is) {
    case 'in':
      return comparison.values.some((wanted) => foldCase(wanted, comparison.fold) === foldCase(value, comparison.fold))
    case 'between':
      return isBetween(toNumber(value), comparison)
    case 'text_between':
      return isBetween(String(value), comparison)
    case 'contains':
      return foldText(value, comparison.fold).includes(foldText(comparison.text, comparison.fold))
    case 'begins':
      return foldText(value, comparison.fold).startsWith(foldText(comparison.text, comparison.fold))
    case 'ends':
      return foldText(value, comparison.fold).endsWith(foldText(comparison.text, comparison.fold))
    case 'matches':
      return RE2JS.compile(comparison.pattern).test(String(value))
    case 'set':
      return value !== '' && value !== 0
    case 'any':
      return comparison.of.some((one) => compare(one, value))
    case 'not':
      return !compare(comparison.of, value)
  }
}

function isBetween<T extends string | number>(
  value: T,
  { min, max, open }: { min?: T; max?: T; open?: boolean },
): boolean {
  if (typeof value === 'number' && Number.isNaN(value)) return false
  if (open) return (min === undefined || value > min) && (max === undefined || value < max)
  return (min === undefined || value >= min) && (max === undefined || value <= max)
}

const toNumber = (value: string | number): number =>
  typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value)
const foldCase = (value: string | number, fold: boolean): string | number =>
  typeof value === 'string' && fold ? value.toLowerCase() : value
const foldText = (value: string | number, fold: boolean): string => (fold ? String(value).toLowerCase() : String(value))
