import { z } from 'zod'
import type { FilterDef } from './filter.ts'

const known = new WeakMap<FilterDef, Readonly<Record<string, unknown>>>()

/** The payload of a filter as JSON Schema, for forms and generated clients; `{}` where any payload will do. */
export function payloadSchema(def: FilterDef): Readonly<Record<string, unknown>> {
  const schema = known.get(def) ?? toSchema(def)
  known.set(def, schema)
  return schema
}

function toSchema({ params, example }: FilterDef): Readonly<Record<string, unknown>> {
  const { $schema: _, required: __, ...schema } = z.toJSONSchema(params, { io: 'input', unrepresentable: 'any' })
  if (schema.properties === undefined || typeof example !== 'object' || example === null) return schema
  // The schema cannot tell: reading begins before its defaults, and before it refuses an empty list.
  const needed = Object.keys(schema.properties).filter(
    (key) => !params.safeParse({ ...example, [key]: undefined }).success,
  )
  return needed.length > 0 ? { ...schema, required: needed } : schema
}
