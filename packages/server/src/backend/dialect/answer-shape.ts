import type { EntityKind } from '@trackyard/core/entities/index.ts'
import { z } from 'zod'
import type { Dialect } from './dialect.ts'
import { dialects, type Operation, type Shape } from './differences.ts'

/** The entities of an answer: what was done to them, and one of them as the modern dialect shows it. */
export interface Presented {
  readonly kind: EntityKind
  readonly operation: Operation
  readonly shape: z.ZodObject
}

/** Schema of an answer about entities in a dialect, from the table of differences; undefined is an empty body. */
export function answerShape(dialect: Dialect, { kind, operation, shape }: Presented): z.ZodType | undefined {
  const differences: Shape = dialects[dialect].shapes[kind] ?? {}
  if (differences.emptyBody?.includes(operation)) return undefined
  const one = oneShape(shape, differences, operation)
  return isList(differences, operation) ? z.array(one) : one
}

/** How the answer of a dialect differs from the modern one, as sentences; empty when it does not. */
export function differenceNotes(dialect: Dialect, { kind, operation, shape }: Presented): string[] {
  const differences: Shape = dialects[dialect].shapes[kind] ?? {}
  const modern: Shape = dialects.modern.shapes[kind] ?? {}
  if (differences.emptyBody?.includes(operation)) return ['The body is empty.']
  const keys = keysOf(differences, operation)
  const values = Object.entries(differences.values ?? {}).flatMap(([key, { schema }]) =>
    (keys?.all.includes(key) ?? true) ? [`${key}: ${schema.description ?? ''}`] : [],
  )
  return [
    ...(isList(differences, operation) && !isList(modern, operation) ? ['A list of one comes in place of it.'] : []),
    ...(differences.textId?.includes(operation) ? ['The id is numeric text.'] : []),
    ...(keys && keys.all.length > 0
      ? [`Keys: ${keys.all.filter((key) => key in shape.shape || differences.values?.[key]).join(', ')}.`]
      : []),
    ...(keys && keys.all.length > keys.sure.length ? ['Fields that were not sent are left out.'] : []),
    ...values,
  ]
}

const isList = ({ listOfOne }: Shape, operation: Operation): boolean =>
  operation === 'list' || listOfOne?.includes(operation) === true

function oneShape(modern: z.ZodObject, differences: Shape, operation: Operation): z.ZodObject {
  const keys = keysOf(differences, operation)
  const isTextId = differences.textId?.includes(operation) === true
  if (!keys && !isTextId) return modern
  const shape: Record<string, z.ZodType> = {}
  const known: Readonly<Record<string, z.ZodType>> = modern.shape
  for (const key of keys?.all ?? Object.keys(known)) {
    const schema = differences.values?.[key]?.schema ?? known[key]
    if (schema)
      shape[key] = keys?.sure.includes(key) === false ? z.optional(schema).describe(schema.description ?? '') : schema
  }
  if (isTextId) shape.id = z.string().regex(/^\d+$/).describe('Id as numeric text.')
  return z.object(shape).describe(modern.description ?? '')
}

/** The keys a dialect shows: those it always shows, and all that it may. */
function keysOf({ keys }: Shape, operation: Operation) {
  if (!keys) return null
  const about = { operation, before: null }
  return { sure: keys({ ...about, sent: new Set() }), all: keys({ ...about, sent: EVERYTHING }) }
}

/** As if the request had carried every field. */
const EVERYTHING: ReadonlySet<string> = Object.assign(new Set<string>(), { has: () => true })
