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
  const { $schema: _, required, ...schema } = z.toJSONSchema(params, { io: 'input', unrepresentable: 'any' })
  if (required === undefined || typeof example !== 'object' || example === null) return schema
  // Fields that have a default look required in the schema, because their reading begins before it.
  const needed = required.filter((key) => !params.safeParse({ ...example, [key]: undefined }).success)
  return needed.length > 0 ? { ...schema, required: needed } : schema
}
