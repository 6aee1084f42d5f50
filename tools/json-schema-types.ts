/** Turns the JSON Schema of the OpenAPI document into TypeScript types, and into the short shapes the client converts by. */

export type Schema = Readonly<Record<string, unknown>>

export const asSchema = (value: unknown): Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}

/** A type as TypeScript text. */
export function typeOf(schema: Schema): string {
  const { $ref, type, anyOf, oneOf, properties, items, additionalProperties } = schema
  if (typeof $ref === 'string') return $ref.split('/').at(-1) ?? 'unknown'
  if ('const' in schema) return JSON.stringify(schema.const)
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const choices = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : null
  if (choices) return unique(choices.map((one) => typeOf(asSchema(one)))).join(' | ')
  if (Array.isArray(type)) return unique(type.map((one) => typeOf({ ...schema, type: one }))).join(' | ')
  if (type === 'integer' || type === 'number') return 'number'
  if (type === 'string' || type === 'boolean' || type === 'null') return type
  if (type === 'array') return `(${typeOf(asSchema(items))})[]`
  if (properties !== undefined) return objectOf(schema)
  if (type === 'object')
    return `Record<string, ${additionalProperties ? typeOf(asSchema(additionalProperties)) : 'unknown'}>`
  return 'unknown'
}

function objectOf({ properties, required, additionalProperties }: Schema): string {
  const needed = new Set(Array.isArray(required) ? required : [])
  const fields = Object.entries(asSchema(properties)).map(([name, inner]) => {
    const { description } = asSchema(inner)
    const help =
      typeof description === 'string' ? `/** ${description.replaceAll('*/', '* /').replaceAll('\n', ' ')} */ ` : ''
    return `${help}${/^\w+$/.test(name) ? name : JSON.stringify(name)}${needed.has(name) ? '' : '?'}: ${typeOf(asSchema(inner))}`
  })
  const rest = additionalProperties === undefined || additionalProperties === false ? [] : ['[key: string]: unknown']
  return `{ ${[...fields, ...rest].join('; ')} }`
}

/**
 * What the client needs to know to convert older answers: `n` number, `b` boolean, `t` time, `l` list of texts, `m`
 * object by name, `@Name` a component, `[shape]` a list, `{…}` an object; empty for all else.
 */
export function shapeOf(schema: Schema): string {
  const { $ref, type, anyOf, properties, items } = schema
  if (typeof $ref === 'string') return `'@${$ref.split('/').at(-1)}'`
  if (Array.isArray(anyOf)) {
    const shapes = unique(
      anyOf
        .map(asSchema)
        .filter((one) => one.type !== 'null')
        .map(shapeOf),
    )
    return shapes.length === 1 ? (shapes[0] ?? "''") : "''"
  }
  const types = [type].flat().filter((one) => one !== 'null')
  if (types.length !== 1) return "''"
  if (types[0] === 'integer' || types[0] === 'number') return "'n'"
  if (types[0] === 'boolean') return "'b'"
  if (types[0] === 'string') return String(schema.pattern ?? '').startsWith('^(\\d{4}-') ? "'t'" : "''"
  if (types[0] === 'array') {
    const inner = shapeOf(asSchema(items))
    return asSchema(items).type === 'string' ? "'l'" : `[${inner}]`
  }
  if (properties === undefined) return "'m'"
  const fields = Object.entries(asSchema(properties))
    .map(([name, inner]) => [name, shapeOf(asSchema(inner))])
    .filter(([, shape]) => shape !== "''")
  return `{ ${fields.map(([name, shape]) => `${JSON.stringify(name)}: ${shape}`).join(', ')} }`
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)]
