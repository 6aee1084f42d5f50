/**
 * Whole numbers in base 36 (`0-9a-z`) and back, without the floating-point division a digit that `toString(36)` and
 * `parseInt` make: every click has four of them.
 */
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'
const PAIR_COUNT = DIGITS.length ** 2
/** Two digits are written at a time. */
const PAIRS: readonly string[] = Array.from(
  { length: PAIR_COUNT },
  (_, pair) => DIGITS.charAt(Math.floor(pair / DIGITS.length)) + DIGITS.charAt(pair % DIGITS.length),
)

/** A whole number from 0 to 2^53 - 1, filled up with zeros to `minLength` digits. */
export function toBase36(value: number, minLength = 1): string {
  let text = ''
  let left = value
  while (left >= PAIR_COUNT) {
    const higher = Math.floor(left / PAIR_COUNT)
    text = PAIRS[left - higher * PAIR_COUNT] + text
    left = higher
  }
  text = (left < DIGITS.length ? DIGITS.charAt(left) : PAIRS[left]) + text
  return text.length < minLength ? text.padStart(minLength, '0') : text
}

/** The last 32 bits of the number that the digits of `text` from place `from` up to `to` write. */
export function bitsOfBase36(text: string, from: number, to: number): number {
  let bits = 0
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    bits = (Math.imul(bits, DIGITS.length) + (code < LETTERS_FROM ? code - ZERO : code - LETTER_A + 10)) | 0
  }
  return bits >>> 0
}

const ZERO = 0x30
const LETTERS_FROM = 0x3a
const LETTER_A = 0x61
