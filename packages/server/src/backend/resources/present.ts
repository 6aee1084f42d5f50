import { presentMoney } from '@trackyard/core/entities/fields.ts'
import { type EntityKind, type EntityOf, entities } from '@trackyard/core/entities/index.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import type { Resource } from './resource.ts'

/**
 * Entities in the modern form: money as decimal numbers, times as UTC text, then what the resource adds. The dialects
 * start from it (backend/dialect).
 */
export async function presentAll<Kind extends EntityKind>(
  resource: Resource<Kind>,
  list: readonly EntityOf<Kind>[],
  reader: ConfigReader,
): Promise<Record<string, unknown>[]> {
  const extras = await resource.extras?.(list, reader)
  const money: readonly string[] = entities[resource.kind].moneyFields
  return list.map((entity) => {
    const { created_at_ms, updated_at_ms, ...fields } = entity
    const shown: Record<string, unknown> = fields
    for (const key of money) {
      if (typeof shown[key] === 'number') shown[key] = presentMoney(shown[key])
    }
    return Object.assign(shown, extras?.(entity), {
      created_at: presentTime(created_at_ms),
      updated_at: presentTime(updated_at_ms),
    })
  })
}

/** `2025-03-04 10:00:00`, UTC; empty for 0, which means never. */
export function presentTime(atMs: number): string {
  // Most entities of a list were made or changed in the same seconds, and a date costs more than all their other fields.
  if (atMs === lastTime.atMs) return lastTime.text
  const text = atMs === 0 ? '' : new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')
  lastTime = { atMs, text }
  return text
}
let lastTime = { atMs: 0, text: '' }
