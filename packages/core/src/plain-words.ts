import { z } from 'zod'

/**
 * Words for whatever a schema refuses without words of its own, in the manner of the rest: they follow the name of the
 * field and say what to write. Installed for every schema of the process by importing this file, so that no text of
 * the schema library reaches a client.
 */
export const plainWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : `must be ${KINDS[issue.expected] ?? 'of another type'}`
    case 'invalid_value':
      return issue.input === undefined ? 'is required' : `must be ${eitherOf(issue.values.map(String))}`
    case 'too_small':
      return size('at least', issue.minimum, issue.origin)
    case 'too_big':
      return size('at most', issue.maximum, issue.origin)
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    case 'unrecognized_keys':
      return `must not have ${eitherOf(issue.keys)}: there ${issue.keys.length === 1 ? 'is no such field' : 'are no such fields'}`
    case 'invalid_union':
      return issue.input === undefined ? 'is required' : 'is of a form that is not known here'
    case 'invalid_key':
      return 'has a key that is not allowed here'
    case 'invalid_format':
      return 'is not written in the form that is wanted here'
    default:
      return 'is of a form that is not known here'
  }
}

/** `a`, `a or b`, `a, b or c`. */
export const eitherOf = (values: readonly string[]): string =>
  values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`

/** A value as messages quote it: what a client sent may be a megabyte long. */
export const quoted = (value: string): string => (value.length > MAX_QUOTED ? `${value.slice(0, MAX_QUOTED)}…` : value)
const MAX_QUOTED = 80

/** What to say of a value that is missing or wrong: nobody is told to write a number where nothing was written. */
export const requiredOr =
  (message: string, missing = 'is required') =>
  ({ input }: { readonly input?: unknown }): string =>
    input === undefined ? missing : message

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  nan: 'a number',
  int: 'a whole number',
  bigint: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  set: 'a list',
  object: 'an object',
  record: 'an object',
  map: 'an object',
  null: 'null',
  date: 'a date',
}

function size(bound: string, limit: number | bigint, origin: string): string {
  if (origin === 'string') return `must be ${bound} ${limit} characters long`
  const part = PARTS[origin]
  if (part === undefined) return `must be ${bound} ${limit}`
  return `must hold ${bound} ${limit} ${Number(limit) === 1 ? part : `${part}s`}`
}

const PARTS: Readonly<Record<string, string>> = { array: 'item', set: 'item', object: 'field', map: 'field' }

z.config({ customError: plainWords })
