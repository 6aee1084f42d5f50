import type { EntityKind, EntityOf } from '@trackyard/core/entities/index.ts'
import { ok } from '@trackyard/core/result.ts'
import type { ConfigStore, ConfigWriter } from '../../stores/config/port.ts'
import { toFields } from '../resources/save.ts'
import type { ReadyPostback } from './directory.ts'

/** Who switches postbacks off, as the audit log tells it. */
const ACTOR = 'delivery of postbacks'

/**
 * Switches off a postback whose receiver answered 410, as the audit log tells; somebody who means it can switch it on
 * again. Does nothing when it was changed or switched off meanwhile.
 */
export async function switchOff(
  { kind, ownerId, rowId, plan }: ReadyPostback,
  configStore: ConfigStore,
  atMs: number,
): Promise<boolean> {
  const result = await configStore.change({ actor: ACTOR, atMs }, async (writer) => {
    if (kind === 'postback')
      return ok(
        await change(writer, 'postbacks', ownerId, (one) =>
          one.status === 'active' && one.url === plan.url ? { status: 'inactive' as const } : null,
        ),
      )
    if (kind === 'traffic_source')
      return ok(
        await change(writer, 'traffic_sources', ownerId, (one) =>
          one.postback_url?.trim() === plan.url && one.postback_gone_url !== plan.url
            ? { postback_gone_url: plan.url }
            : null,
        ),
      )
    return ok(
      await change(writer, 'campaigns', ownerId, ({ postbacks }) => {
        const isIt = (row: (typeof postbacks)[number]): boolean =>
          row.id === rowId && row.url === plan.url && row.status === 'active'
        return postbacks.some(isIt)
          ? { postbacks: postbacks.map((row) => (isIt(row) ? { ...row, status: 'inactive' as const } : row)) }
          : null
      }),
    )
  })
  return result.ok && result.value
}

async function change<Kind extends EntityKind>(
  writer: ConfigWriter,
  kind: Kind,
  id: number,
  changesOf: (entity: EntityOf<Kind>) => Partial<EntityOf<Kind>> | null,
): Promise<boolean> {
  const found = await writer.get(kind, id)
  const changes = found && changesOf(found)
  if (!found || !changes) return false
  await writer.update(kind, id, { ...toFields(found), ...changes })
  return true
}
