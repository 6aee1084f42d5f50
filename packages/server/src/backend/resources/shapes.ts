import { type EntityKind, entities } from '@trackyard/core/entities/index.ts'
import { z } from 'zod'
import { answerShape, type Presented } from '../dialect/answer-shape.ts'
import type { Operation } from '../dialect/differences.ts'
import type { Route } from '../route.ts'
import type { Resource } from './resource.ts'

/** Schemas of what is read and answered about entities, from their fields and what their resource adds. */

type Shape = Readonly<Record<string, z.ZodType>>

/** One entity as the modern dialect shows it; what answers are described by and checked against. */
export function shownShape<Kind extends EntityKind>(resource: Resource<Kind>): z.ZodObject {
  const { kind, shown = {} } = resource
  const money: ReadonlySet<string> = new Set(entities[kind].moneyFields)
  const shape: Record<string, z.ZodType> = { id: readOnly(z.int(), `Id of the ${entities[kind].label}.`) }
  for (const [name, schema] of Object.entries(fieldsOf(kind))) {
    if (!shown.hidden?.includes(name)) shape[name] = money.has(name) ? shownMoney(schema) : schema
  }
  return z
    .object({
      ...shape,
      ...shown.fields,
      created_at: timeText('When it was made'),
      updated_at: timeText('When it was changed last'),
    })
    .meta({ id: componentName(kind), description: `${nameOf(kind)} as it is stored.` })
}

/** What a route says about its answer when it shows entities of this resource. */
export function showing<Kind extends EntityKind>(
  resource: Resource<Kind>,
  operation: Operation,
): Pick<Route, 'answers' | 'presents'> {
  const presents: Presented = { kind: resource.kind, operation, shape: shownShape(resource) }
  const answers = answerShape('modern', presents)
  return answers ? { presents, answers } : { presents }
}

/** What creating one reads: fields with their defaults, and older names of them. */
export function creationShape<Kind extends EntityKind>(resource: Resource<Kind>): z.ZodObject {
  const { kind } = resource
  return z
    .object({ ...writable(resource), ...olderNames(resource), ...resource.alsoAccepts })
    .meta({ id: `New${componentName(kind)}`, description: `${nameOf(kind)} to be made.` })
}

/** What changing one reads: any of the fields; those that are left out stay as they are. */
export function changeShape<Kind extends EntityKind>(resource: Resource<Kind>): z.ZodObject {
  const { kind, frozen = [] } = resource
  const fields = Object.entries(writable(resource)).flatMap(([name, schema]) =>
    frozen.includes(name) ? [] : [[name, withoutDefault(schema)] as const],
  )
  return z.object({ ...Object.fromEntries(fields), ...olderNames(resource), ...resource.alsoAccepts }).meta({
    id: `${componentName(kind)}Changes`,
    description: `What is to be changed of ${nameOf(kind).toLowerCase()}; what is left out stays.`,
  })
}

/** A value that only the server writes. */
export const readOnly = <T extends z.ZodType>(type: T, description: string): T =>
  type.meta({ description, readOnly: true })

/** `2025-03-04 10:00:00`, UTC. */
export const timeText = (description: string, nullable?: 'nullable') =>
  nullable ? readOnly(TIME.nullable(), `${description}, UTC.`) : readOnly(TIME.clone(), `${description}, UTC.`)
const TIME = z
  .string()
  .regex(/^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)?$/)
  .meta({ examples: ['2026-03-04 10:00:00'] })

function writable<Kind extends EntityKind>({ kind, serverFields = [], shown }: Resource<Kind>): Shape {
  const others = new Set([...serverFields, ...(shown?.hidden ?? [])])
  return Object.fromEntries(Object.entries(fieldsOf(kind)).filter(([name]) => !others.has(name)))
}

function olderNames<Kind extends EntityKind>({ kind, aliases = {} }: Resource<Kind>): Shape {
  const fields = fieldsOf(kind)
  return Object.fromEntries(
    Object.entries(aliases).flatMap(([alias, field]) => {
      const schema = fields[field]
      const description = `Other name of ${field}.`
      return schema ? [[alias, withoutDefault(schema).meta({ description, deprecated: true })]] : []
    }),
  )
}

/** The same without a default, which would be wrong for a change. */
function withoutDefault(schema: z.ZodType): z.ZodType {
  const inner = schema instanceof z.ZodDefault ? schema.unwrap() : schema
  return z.optional(inner).describe(schema.description ?? '')
}

const shownMoney = (schema: z.ZodType): z.ZodType => {
  const amount = z.number().meta({ examples: [12.5] })
  const isNullable = schema.safeParse(null).success
  return (isNullable ? amount.nullable() : amount).describe(schema.description ?? '')
}

const fieldsOf = (kind: EntityKind): Shape => entities[kind].fields.shape

const nameOf = (kind: EntityKind): string => {
  const { label } = entities[kind]
  return `${/^[aeiou]/.test(label) ? 'An' : 'A'} ${label}`
}

/** `LandingPage` for landing pages. */
const componentName = (kind: EntityKind): string =>
  entities[kind].label
    .split(' ')
    .map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)
    .join('')
