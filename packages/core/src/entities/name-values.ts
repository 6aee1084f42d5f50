import { z } from 'zod'

const MAX_PAIRS = 50
const REFUSAL = 'must be an object such as {"source": "{source}"}'

/**
 * Texts by name. Taken as an object, as a list of `{name, value}` or `{key, value}`, as JSON of either, or as such a
 * list below one key, which is how form builders wrap it.
 */
export const nameValues = () =>
  z.preprocess(
    toRecord,
    z
      .record(z.string().min(1, 'must have names').max(200, 'must have names of at most 200 characters'), value(), {
        error: REFUSAL,
      })
      .refine((pairs) => Object.keys(pairs).length <= MAX_PAIRS, `must be at most ${MAX_PAIRS} pairs`),
  )

const value = () =>
  z.preprocess(
    (given) => (typeof given === 'number' || typeof given === 'boolean' ? String(given) : (given ?? '')),
    z.string({ error: 'must be text' }).max(4000, 'must be at most 4000 characters long'),
  )

function toRecord(given: unknown): unknown {
  if (given === null || given === '' || (Array.isArray(given) && given.length === 0)) return {}
  if (typeof given === 'string') return fromJson(given)
  if (Array.isArray(given)) return fromList(given)
  if (typeof given !== 'object') return given
  const [only, ...others] = Object.values(given)
  return Array.isArray(only) && others.length === 0 ? fromList(only) : given
}

function fromJson(text: string): unknown {
  try {
    const decoded: unknown = JSON.parse(text)
    return typeof decoded === 'string' ? text : toRecord(decoded)
  } catch {
    return text
  }
}

function fromList(list: readonly unknown[]): unknown {
  const pairs: [string, unknown][] = []
  for (const item of list) {
    if (typeof item !== 'object' || item === null || !('value' in item)) return list
    const name = 'name' in item ? item.name : 'key' in item ? item.key : undefined
    if (typeof name !== 'string') return list
    pairs.push([name, item.value])
  }
  return Object.fromEntries(pairs)
}
