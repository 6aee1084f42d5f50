import { CUSTOM_SLOTS } from '../conversion/custom-status.ts'

const COLUMN = /^custom_conversion_(\d{1,9})(_revenue)?$/

interface OwnColumn {
  /** Of a status of the user's own. */
  readonly number: number
  readonly isMoney: boolean
}

/** What a column counts that clicks have not; null when they have it, or when it is of no own status. */
export function countedColumn(column: string): OwnColumn | null {
  const [, digits = '', money] = COLUMN.exec(column) ?? []
  const number = Number(digits)
  const isBeyond = number > Math.max(...CUSTOM_SLOTS) && String(number) === digits
  return isBeyond ? { number, isMoney: money !== undefined } : null
}
