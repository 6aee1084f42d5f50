import { presentMoney } from '@trackyard/core/entities/fields.ts'
import { type EntityKind, type EntityOf, entities } from '@trackyard/core/entities/index.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import type { Resource } from './resource.ts'

/** Shown under other names. */
const TIMES = new Set(['created_at_ms', 'updated_at_ms'])

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
    const fields: Readonly<Record<string, unknown>> = entity
    const shown: Record<string, unknown> = {}
    // Of a frozen entity, a rest pattern takes four times as long, which is most of the time of a long list.
    for (const key of Object.keys(fields)) if (!TIMES.has(key)) shown[key] = fields[key]
    for (const key of money) {
      if (typeof shown[key] === 'number') shown[key] = presentMoney(shown[key])
    }
    Object.assign(shown, resource.ownExtras?.(entity), extras?.(entity))
    shown.created_at = presentTime(entity.created_at_ms)
    shown.updated_at = presentTime(entity.updated_at_ms)
    return shown
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
