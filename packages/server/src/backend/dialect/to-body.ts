import type { EntityKind } from '@trackyard/core/entities/index.ts'
import type { Dialect } from './dialect.ts'
import { type About, dialects, type Shape } from './differences.ts'
import type { Shown } from './values.ts'

/**
 * The body of an answer about entities in the modern form; undefined is an empty body. Lists stay lists; of a single
 * entity the table says whether it comes as a list of one.
 */
export function toBody(
  kind: EntityKind,
  dialect: Dialect,
  shown: readonly Shown[],
  about: Pick<About, 'operation'> & Partial<About>,
): unknown {
  const shape: Shape = dialects[dialect].shapes[kind] ?? {}
  const all: About = { sent: new Set(), before: null, ...about }
  const { operation } = all
  if (shape.emptyBody?.includes(operation)) return undefined
  const entities = shown.map((entity) => inShape(entity, shape, all))
  return operation === 'list' || shape.listOfOne?.includes(operation) ? entities : entities[0]
}

function inShape(entity: Shown, shape: Shape, about: About): Shown {
  const result: Record<string, unknown> = {}
  for (const key of shape.keys?.(about) ?? Object.keys(entity)) {
    const value = shape.values?.[key]
    result[key] = value ? value.from(entity, about) : entity[key]
  }
  if (shape.textId?.includes(about.operation)) result.id = String(entity.id)
  return result
}
