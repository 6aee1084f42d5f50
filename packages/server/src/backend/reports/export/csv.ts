/** Cells that spreadsheets would work out instead of showing them. */
const FORMULA = /^[=+\-@\t\r]/

/** One line of CSV as RFC 4180 has it, its end included. */
export const csvLine = (cells: readonly unknown[], separator: string): string =>
  `${cells.map((cell) => csvCell(cell, separator)).join(separator)}\r\n`

function csvCell(cell: unknown, separator: string): string {
  if (typeof cell === 'number' || typeof cell === 'boolean') return String(cell)
  const text = cellText(cell)
  const shown = FORMULA.test(text) ? `'${text}` : text
  return shown.includes(separator) || /["\r\n]|^\s|\s$/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown
}

/** What is no number as text: nothing for null, lists with commas, the rest as JSON. */
export function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return ''
  if (Array.isArray(cell)) return cell.map(cellText).join(', ')
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
}
