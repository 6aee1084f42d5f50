import { z } from 'zod'

/** Turns schemas of the code into JSON Schema 2020-12, as OpenAPI 3.1 has it. */

export type JsonSchema = Readonly<Record<string, unknown>>

/** A schema, and those it refers to by name. */
export interface Converted {
  readonly schema: JsonSchema
  readonly components: ReadonlyMap<string, JsonSchema>
}

/**
 * `input`: what clients may send; of types that read several forms, the form they read them into. `output`: what is
 * answered; objects are closed then. Schemas with `.meta({ id })` become components.
 */
export function toJsonSchema(type: z.ZodType, direction: 'input' | 'output'): Converted {
  // Below a property, so that the schema itself may become a component.
  const whole = z.toJSONSchema(z.object({ it: z.optional(type) }), {
    io: direction,
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      tidy(jsonSchema, direction)
      if (direction === 'input' && zodSchema instanceof z.ZodObject) requireOnly(jsonSchema, zodSchema)
    },
  })
  const { properties, $defs = {} } = asRecord(renamed(whole))
  const components = new Map<string, JsonSchema>()
  for (const [name, schema] of Object.entries(asRecord($defs))) {
    if (!/^[A-Z]\w*$/.test(name))
      throw new Error(`A schema that refers to itself needs an id: ${JSON.stringify(schema)}`)
    const { id: _id, ...rest } = asRecord(schema)
    components.set(name, rest)
  }
  return { schema: asRecord(asRecord(properties).it), components }
}

/** The same schema, where objects may have further properties: they do once a newer server answers. */
export function opened(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(opened)
  if (typeof schema !== 'object' || schema === null) return schema
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => key !== 'additionalProperties' || value !== false)
      .map(([key, value]) => [key, opened(value)]),
  )
}

/** Takes out what says nothing: bounds of JavaScript's numbers, that names are text, defaults of what is always there. */
function tidy(schema: Record<string, unknown>, direction: 'input' | 'output'): void {
  if (direction === 'output') delete schema.default
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
  const { propertyNames } = schema
  if (JSON.stringify(propertyNames) === '{"type":"string"}') delete schema.propertyNames
}

/** A type that reads several forms may read nothing at all as one: then its field may be left out. */
function requireOnly(schema: Record<string, unknown>, { shape }: z.ZodObject): void {
  const required = Object.entries<z.ZodType>(shape)
    .filter(([, field]) => !field.safeParse(undefined).success)
    .map(([name]) => name)
  if (required.length > 0) schema.required = required
  else delete schema.required
}

function renamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renamed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '$ref' && typeof inner === 'string' ? inner.replace('#/$defs/', '#/components/schemas/') : renamed(inner),
    ]),
  )
}

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
