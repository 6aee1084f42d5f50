import { payloadText } from '@trackyard/core/actions/index.ts'
import { referenceProblems } from '@trackyard/core/entities/reference-problems.ts'
import type { Problem } from '@trackyard/core/result.ts'
import type { ConfigReader } from '../../stores/config/port.ts'

/** What may send visitors to another campaign. */
interface Sender {
  readonly action_type: string
  readonly action_payload: unknown
}

/** The campaign that action `campaign` names, as far as it is an id; 0 when it does something else. */
export const campaignOf = ({ action_type: type, action_payload: payload }: Sender): number =>
  type === 'campaign' ? Number(payloadText(payload)) || 0 : 0

/** A campaign that is not there to send visitors to; what was named before may stay. What is no id is refused elsewhere. */
export async function missingTarget(fields: Sender, current: Sender | null, reader: ConfigReader): Promise<Problem[]> {
  const id = campaignOf(fields)
  if (!Number.isInteger(id) || id === 0 || (current !== null && campaignOf(current) === id)) return []
  return referenceProblems('campaign', id, await reader.get('campaigns', id), 'action_payload')
}

/** Whether visitors sent to a campaign see anything. `whose` are they: `of the stream`. */
export async function deadTargetDoubts(target: number, whose: string, reader: ConfigReader): Promise<string[]> {
  const nothing = `so visitors ${whose} get an empty page`
  const campaign = await reader.get('campaigns', target)
  if (campaign?.state !== 'active') return [`Campaign ${target} is not active, ${nothing}: enable it or name another.`]
  const streams = await reader.list('streams', { parentId: target })
  return streams.some(({ state }) => state === 'active')
    ? []
    : [`Campaign ${target} has no active stream, ${nothing}: add one there.`]
}
