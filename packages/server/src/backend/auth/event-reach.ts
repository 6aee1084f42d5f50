import { type AdminEvent, isSweep, selectionOf } from '@trackyard/core/events/admin-event.ts'
import { fail, type Problem, problem } from '@trackyard/core/result.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import type { Backend } from '../context.ts'
import type { EventWriter } from '../events/event-writer.ts'
import type { Actor } from './actor.ts'
import { createJudge } from './judge.ts'

/**
 * Lets a user change events of campaigns only that the user may change. `reader` and `events` must see everything.
 * Handlers look first and give better reasons; this is the last line.
 */
export function guardedEventWriter(
  writer: EventWriter,
  events: Pick<Backend['eventStore'], 'loadStates'>,
  reader: ConfigReader,
  actor: Actor,
): EventWriter {
  return {
    ...writer,
    async append(list) {
      const refused = await refusalOf(list, events, reader, actor)
      return refused ? fail(refused) : writer.append(list)
    },
  }
}

/** Those of `ids` (null: all there are) whose clicks the user may change. `reader` must see everything. */
export async function writableCampaigns(
  ids: readonly number[] | null,
  reader: ConfigReader,
  actor: Actor,
): Promise<Set<number>> {
  const judge = createJudge(reader, actor)
  const known =
    ids === null ? await reader.list('campaigns', { includeDeleted: true }) : await reader.getMany('campaigns', ids)
  const writable = new Set<number>()
  for (const campaign of known) if (await judge.mayWrite('campaigns', campaign)) writable.add(campaign.id)
  return writable
}

async function refusalOf(
  list: readonly AdminEvent[],
  events: Pick<Backend['eventStore'], 'loadStates'>,
  reader: ConfigReader,
  actor: Actor,
): Promise<Problem | null> {
  const subIds = list.flatMap((event) => (isSweep(event) ? [] : [event.subId]))
  const states = subIds.length > 0 ? await events.loadStates(subIds) : new Map()
  // Clicks nobody knows belong to no campaign, and nobody but administrators may change those.
  const ofClicks = subIds.map((subId) => Number(states.get(subId)?.row.campaign_id ?? 0))
  const ofSweeps = list.flatMap((event) => (isSweep(event) ? (selectionOf(event).campaignIds ?? [0]) : []))
  const ids = [...new Set([...ofClicks, ...ofSweeps])]
  const writable = await writableCampaigns(ids, reader, actor)
  return ids.every((id) => writable.has(id))
    ? null
    : problem(
        'forbidden',
        'You have no permission to change clicks and conversions of this campaign: you may only see them.',
      )
}
