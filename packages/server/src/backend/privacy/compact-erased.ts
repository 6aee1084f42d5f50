import { subIdTimeMs } from '@trackyard/core/events/sub-id.ts'
import { ok, type Result } from '@trackyard/core/result.ts'
import type { ChangeAuthor, ConfigStore } from '../../stores/config/port.ts'
import type { EventStore } from '../../stores/events/port.ts'

/** Keys of months of which something was erased but may still be on the disk, beside the rows that replace it. */
const PREFIX = 'erased_month:'

/** Notes that clicks were erased, so that their months are written anew before long. */
export const noteErased = (
  configStore: Pick<ConfigStore, 'change'>,
  by: ChangeAuthor,
  subIds: readonly string[],
): Promise<Result<void>> =>
  configStore.change(by, async (writer) => {
    const months = new Set(subIds.map((subId) => new Date(subIdTimeMs(subId)).toISOString().slice(0, 7)))
    for (const month of months) await writer.setMeta(`${PREFIX}${month}`, String(by.atMs))
    return ok(undefined)
  })

/** Enough for whatever was noted to be stored. */
const SETTLED_MS = 10 * 60_000

/** Writes what was erased anew without it; answers in words which months that was, '' when there were none. */
export async function compactErased({
  configStore,
  eventStore,
  nowMs,
}: {
  readonly configStore: ConfigStore
  readonly eventStore: Pick<EventStore, 'compact'>
  nowMs(): number
}): Promise<string> {
  const noted = await configStore.listMeta(PREFIX)
  const due = [...noted].filter(([, atMs]) => Number(atMs) < nowMs() - SETTLED_MS)
  if (due.length === 0) return ''
  for (const log of ['postback_log', 'sent_postbacks'] as const) await eventStore.compact(log, null)
  for (const [key, value] of due) {
    const month = key.slice(PREFIX.length)
    for (const table of ['clicks', 'conversions'] as const) await eventStore.compact(table, month)
    await configStore.change({ actor: 'retention', atMs: nowMs() }, async (writer) => {
      // Noted again meanwhile: it stays for the next time.
      if ((await writer.getMeta(key)) === value) await writer.deleteMeta(key)
      return ok(undefined)
    })
  }
  return `rewrote ${due.map(([key]) => key.slice(PREFIX.length)).join(', ')}`
}
