import type { z } from 'zod'
import { type Problem, problem, type Result } from '../result.ts'
import '../plain-words.ts'
import type { EntityDef } from './entity.ts'
import { type EntityKind, type EntityOf, entities, type FieldsOf } from './index.ts'

/**
 * Reads what a client wrote of an entity. Unknown keys are ignored; null where the field cannot be null means "leave
 * unset" (reference admin-api §1.2). Every problem carries the path of its field.
 */
export function parseNewFields<Kind extends EntityKind>(
  kind: Kind,
  input: Readonly<Record<string, unknown>>,
): Result<FieldsOf<Kind>> {
  // The table of entities correlates kind and shape; TypeScript cannot follow that through a lookup.
  return parseShape(entities[kind].fields.shape, input) as Result<FieldsOf<Kind>>
}

/** The same for a change: only the fields that are present are read and returned. */
export function parseChangedFields<Kind extends EntityKind>(
  kind: Kind,
  input: Readonly<Record<string, unknown>>,
): Result<Partial<FieldsOf<Kind>>> {
  const present = Object.entries(entities[kind].fields.shape).filter(([key]) => Object.hasOwn(input, key))
  const changing = present.filter(([key, schema]) => !isUnset(schema, input[key]))
  return parseShape(Object.fromEntries(changing), input) as Result<Partial<FieldsOf<Kind>>>
}

/**
 * Reads an entity back from a store or a snapshot. Fields that came into being after it was written get their
 * defaults, so a new field needs no migration; keys come in the order of the definition, so equal entities are equal
 * text. Null when it is not an entity at all.
 */
export function reviveEntity<Kind extends EntityKind>(kind: Kind, stored: unknown): EntityOf<Kind> | null {
  if (!isRecord(stored) || !Number.isInteger(stored.id)) return null
  const revived: Record<string, unknown> = { id: stored.id }
  for (const [key, fallback] of defaultsOf(kind)) {
    const value = stored[key] === undefined ? fallback : stored[key]
    if (value === undefined) return null
    revived[key] = value
  }
  revived.created_at_ms = Number(stored.created_at_ms ?? 0)
  revived.updated_at_ms = Number(stored.updated_at_ms ?? 0)
  return revived as EntityOf<Kind>
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isUnset = (schema: z.ZodType, value: unknown): boolean => value === null && !schema.safeParse(null).success

/** Reads fields of any shape; every problem carries the path of its field, and null where it cannot be means unset. */
export function parseShape(
  shape: Readonly<Record<string, z.ZodType>>,
  input: Readonly<Record<string, unknown>>,
): Result<Record<string, unknown>> {
  const value: Record<string, unknown> = {}
  const problems: Problem[] = []
  for (const [key, schema] of Object.entries(shape)) {
    const given = Object.hasOwn(input, key) && !isUnset(schema, input[key]) ? input[key] : undefined
    const parsed = schema.safeParse(given)
    if (parsed.success) value[key] = parsed.data
    else
      problems.push(
        ...parsed.error.issues.map((issue) => problem('validation', issue.message, [key, ...issue.path].join('.'))),
      )
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value }
}

const defaults = new Map<EntityKind, readonly (readonly [string, unknown])[]>()

/** Field → default in the order of the definition; undefined for required fields. */
function defaultsOf(kind: EntityKind): readonly (readonly [string, unknown])[] {
  const known = defaults.get(kind)
  if (known) return known
  const shape: EntityDef['fields']['shape'] = entities[kind].fields.shape
  const found = Object.entries(shape).map(([key, schema]) => {
    const parsed = (schema as z.ZodType).safeParse(undefined)
    return [key, parsed.success ? parsed.data : undefined] as const
  })
  defaults.set(kind, found)
  return found
}
