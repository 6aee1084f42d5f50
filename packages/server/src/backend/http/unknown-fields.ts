import { entities } from '@trackyard/core/entities/index.ts'
import { nearest } from '@trackyard/core/nearest.ts'
import { z } from 'zod'
import type { Route } from '../route.ts'
import type { Input } from './read-body.ts'

const MAX_NAME_CHARS = 60

/**
 * Fields that a request sends and its route does not know: they are ignored, so a slip of the pen would go unnoticed.
 * What the route answers may be sent back, because clients put back whole objects; of a list they do not, so there it
 * is a filter that is none. Other routes that do not say what they read are left alone.
 */
export function unknownFieldHints(route: Route, input: Input): string[] {
  const isKnown = route.accepts ? !takesAny(route.accepts) : isList(route)
  if (!isKnown || route.tellsUnknownFields) return []
  const fields = knownFields(route)
  return Object.keys(input).flatMap((name) => {
    // What begins with _ is there for caches and tools, never for us.
    if (fields.all.has(name) || name.startsWith('_')) return []
    const meant = nearest(name.slice(0, MAX_NAME_CHARS), fields.writable)
    const what = `"${name.slice(0, MAX_NAME_CHARS)}" is not ${thing(route)}`
    return [meant === null ? `${what}, so it was ignored.` : `${what}; did you mean "${meant}"?`]
  })
}

const takesAny = ({ def }: z.ZodObject): boolean => def.catchall !== undefined && !(def.catchall instanceof z.ZodNever)

const isList = ({ method, answers }: Route): boolean => method === 'GET' && answers instanceof z.ZodArray

const thing = ({ presents, method, path }: Route): string => {
  if (!presents || presents.operation === 'list') return `read by ${method} ${path.replace(/:(\w+)/g, '{$1}')}`
  const { label } = entities[presents.kind]
  return `a field of ${/^[aeiou]/.test(label) ? 'an' : 'a'} ${label}`
}

interface Fields {
  readonly writable: readonly string[]
  readonly all: ReadonlySet<string>
}
const known = new WeakMap<Route, Fields>()

function knownFields(route: Route): Fields {
  const before = known.get(route)
  if (before) return before
  const writable = Object.keys(route.accepts?.shape ?? {})
  const answered = isList(route) ? [] : [...keysOf(route.answers), ...keysOf(route.presents?.shape)]
  const others = [...(route.alsoReads ?? []), ...answered]
  const fields = { writable, all: new Set([...writable, ...others]) }
  known.set(route, fields)
  return fields
}

function keysOf(type: z.ZodType | undefined): string[] {
  if (type instanceof z.ZodObject) return Object.keys(type.shape)
  return type instanceof z.ZodArray && type.element instanceof z.ZodObject ? Object.keys(type.element.shape) : []
}
