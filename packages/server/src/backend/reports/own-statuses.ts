import type { OwnStatuses } from '@trackyard/core/report/titles.ts'
import type { ConfigStore } from '../../stores/config/port.ts'

/** What the user calls the statuses that have metrics of their own, archived ones too: their conversions are still there. */
export async function ownStatuses(store: ConfigStore): Promise<OwnStatuses> {
  const types = await store.list('conversion_types', { includeDeleted: true })
  return new Map(types.flatMap(({ number, label, name }) => (number === 0 ? [] : [[number, label || name] as const])))
}
