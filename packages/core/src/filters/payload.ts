import { z } from 'zod'
import { isTimeZone } from '../time/zone.ts'
import { compileTextMatcher, type TextMatcher } from './match.ts'

/**
 * A list of values as scripts send it: an array, an object with numbered keys, one value, or text with a value a line.
 * `separator` splits pasted text where values hold no spaces, as in `US ES GB`.
 */
export const valueList = (example: string | readonly string[], separator: RegExp = /[\r\n]+/) =>
  z.preprocess(
    (payload) => toList(payload, separator),
    z
      .array(z.string({ error: `must be a list of texts such as ${shown(example)}` }), {
        error: `must be a list of texts such as ${shown(example)}`,
      })
      .min(1, `must name at least one value, such as ${shown(example)}: without one it would match nobody`)
      .max(10_000, 'must name at most 10000 values'),
  )

const shown = (example: string | readonly string[]): string =>
  typeof example === 'string' ? example : `[${example.map((value) => JSON.stringify(value)).join(', ')}]`

/** Splits where a list of codes was pasted: spaces, commas, semicolons, lines. */
export const CODE_SEPARATOR = /[\s,;]+/

/** Exact texts, masks and regular expressions, ready to match. `partial` finds a plain value anywhere in the text. */
export const textPatterns = (example: readonly string[], options: { readonly partial?: boolean } = {}) =>
  valueList(example).transform((patterns, context): TextMatcher => {
    const matcher = compileTextMatcher(patterns, options)
    if (matcher.ok) return matcher.value
    for (const { message } of matcher.problems) context.addIssue({ code: 'custom', message })
    return z.NEVER
  })

/** An IANA zone; nothing means UTC. */
export const timeZone = () =>
  z.preprocess(
    (value) => (value === null || value === undefined || value === '' ? 'UTC' : value),
    z
      .string({ error: 'must be a time zone such as Europe/Berlin' })
      .refine(isTimeZone, { error: 'is not a known time zone: write it as in Europe/Berlin' }),
  )

/** For filters that ask nothing: whatever was sent is ignored. */
export const noPayload = () => z.unknown()

function toList(payload: unknown, separator: RegExp): unknown {
  if (typeof payload === 'number') return [String(payload)]
  if (payload === null || payload === undefined) return []
  if (typeof payload === 'string') return clean(payload.split(separator))
  if (typeof payload !== 'object') return payload
  return clean(Array.isArray(payload) ? payload : Object.values(payload))
}

const clean = (items: readonly unknown[]): unknown[] =>
  items
    .map((item) => (typeof item === 'number' ? String(item) : item))
    .map((item) => (typeof item === 'string' ? item.trim() : item))
    .filter((item) => item !== '')
