/**
 * Money inside Trackyard is an integer number of micros (1/1 000 000 of the base currency unit), never a float.
 * Numbers hold sums below nine billion units exactly.
 */
export type Micros = number

export const MICROS_PER_UNIT = 1_000_000

/** Half away from zero, the one rounding rule (reference conversions-and-reports §7.6). */
export const roundHalfAway = (value: number): number => Math.sign(value) * Math.round(Math.abs(value))

/**
 * Reads a decimal number as traffic sources and networks write it: `12.5`, `0,034`, ` $12 `, `12 USD`, `1 200.50`. Returns null
 * for anything else, e.g. a macro nobody filled in (reference conversions-and-reports §2.2) and for a billion or more, whose sums would no longer be exact.
 */
export function parseMoney(text: string | number): Micros | null {
  const written = String(text)
  // As links write costs, one for each click. Nine digits before the point and six behind it are exact as a product.
  if (PLAIN.test(written)) return Math.round(Number(written) * MICROS_PER_UNIT)
  const cleaned = written.trim().replace(/[\s\u00a0\u202f$€£₽₴¥]|^[A-Z]{3}(?=[\s\d.,+-])|(?<=[\s\d.,])[A-Z]{3}$/gi, '')
  const normal = normalizeDecimalMark(cleaned)
  const match = /^([+-]?)(\d{0,9})(?:\.(\d*))?$/.exec(normal)
  if (!match || (!match[2] && !match[3])) return null
  const fraction = (match[3] ?? '').padEnd(7, '0')
  const micros = Number(match[2] || '0') * MICROS_PER_UNIT + Number(fraction.slice(0, 6))
  const rounded = Number(fraction[6]) >= 5 ? micros + 1 : micros
  return match[1] === '-' && rounded !== 0 ? -rounded : rounded
}

const PLAIN = /^\d{1,9}(?:\.\d{1,6})?$/

/** Where both marks occur the last one is the decimal mark: `1.200,50` and `1,200.50` are the same amount. */
function normalizeDecimalMark(text: string): string {
  const comma = text.lastIndexOf(',')
  if (comma === -1) return text
  const isDecimal = comma > text.lastIndexOf('.') && text.indexOf(',') === comma
  if (!isDecimal) return text.replaceAll(',', '')
  const [left = '', right = ''] = text.replaceAll('.', '').split(',')
  return left === '' || right === '' ? left || right : `${left}.${right}`
}

/** Plain decimal text without trailing zeros: 1500000 → `1.5`. Exact, for stores and macros. */
export function microsToDecimal(micros: Micros): string {
  const sign = micros < 0 ? '-' : ''
  const absolute = Math.abs(micros)
  const whole = Math.floor(absolute / MICROS_PER_UNIT)
  let fraction = absolute % MICROS_PER_UNIT
  if (fraction === 0) return sign + whole
  let places = 6
  for (; fraction % 10 === 0; places--) fraction /= 10
  return `${sign}${whole}.${String(fraction).padStart(places, '0')}`
}

/** A JSON number rounded to `decimals` places, for API answers only. */
export function microsToNumber(micros: Micros, decimals = 4): number {
  return roundHalfAway((micros / MICROS_PER_UNIT) * 10 ** decimals) / 10 ** decimals
}

/** Multiplies an amount by a plain factor (a rate, a share) and rounds once. */
export const scaleMicros = (micros: Micros, factor: number): Micros => roundHalfAway(micros * factor) || 0
