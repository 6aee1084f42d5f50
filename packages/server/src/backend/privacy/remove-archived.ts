import { ok } from '@trackyard/core/result.ts'
import type { ConfigStore } from '../../stores/config/port.ts'
import { namedIds } from '../files/clean-archive.ts'
import type { FileStore, Place } from '../files/store.ts'
import { removeCampaign } from '../resources/clean-archive.ts'
import { settingOf } from '../settings/setting-store.ts'

const DAY_MS = 86_400_000

export interface ArchiveDeps {
  readonly configStore: ConfigStore
  readonly files: Pick<FileStore, 'remove'>
  /** Told when something was deleted. */
  changed(): void
  nowMs(): number
}

/**
 * Deletes for good what has been archived for longer than `archive_ttl`; answers in words what that was. Landing pages
 * and offers that a stream or another offer names stay, as one could not be restored without them.
 */
export async function removeArchived({ configStore, files, changed, nowMs }: ArchiveDeps): Promise<string> {
  const days = await settingOf(configStore, 'archive_ttl')
  if (days === 0) return ''
  const atMs = nowMs()
  const isOld = ({ updated_at_ms }: { readonly updated_at_ms: number }): boolean => updated_at_ms < atMs - days * DAY_MS
  const old = async (kind: 'campaigns' | 'streams' | 'landing_pages' | 'offers') =>
    (await configStore.list(kind, { onlyDeleted: true })).filter(isOld)
  const kinds = ['campaigns', 'streams', 'landing_pages', 'offers'] as const
  if ((await Promise.all(kinds.map(old))).every((list) => list.length === 0)) return ''
  const done = await configStore.change({ actor: 'retention', atMs }, async (writer) => {
    const deleted: string[] = []
    const folders: Place[] = []
    const note = (count: number, what: string): void => {
      if (count > 0) deleted.push(`${count} ${what}`)
    }
    const campaigns = (await writer.list('campaigns', { onlyDeleted: true })).filter(isOld)
    for (const { id } of campaigns) await removeCampaign(writer, id)
    note(campaigns.length, 'campaigns')
    const streams = (await writer.list('streams', { onlyDeleted: true })).filter(isOld)
    for (const { id } of streams) await writer.remove('streams', id)
    note(streams.length, 'streams')
    // Offers first: they may be what names a landing page no more.
    for (const kind of ['offers', 'landing_pages'] as const) {
      const named = await namedIds(kind, writer)
      const free = (await writer.list(kind, { onlyDeleted: true })).filter((one) => isOld(one) && !named.has(one.id))
      for (const { id, files: folder } of free) {
        await writer.remove(kind, id)
        if (folder) folders.push(folder)
      }
      note(free.length, kind.replace('_', ' '))
    }
    return ok({ deleted, folders })
  })
  if (!done.ok) throw new Error(done.problems.map(({ message }) => message).join('; '))
  const { deleted, folders } = done.value
  for (const folder of folders) await files.remove(folder)
  if (deleted.length === 0) return ''
  changed()
  return `deleted for good: ${deleted.join(', ')}, archived for more than ${days} days`
}
