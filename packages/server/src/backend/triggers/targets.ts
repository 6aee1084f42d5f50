import { payloadText, takesUrl } from '@trackyard/core/actions/index.ts'
import type { Landing, Offer, Stream } from '@trackyard/core/entities/index.ts'
import type { StreamTrigger } from '@trackyard/core/entities/trigger.ts'
import type { TargetId } from '@trackyard/core/triggers/plan-trigger-run.ts'

/** One page that a trigger looks at. */
export interface Target {
  /** 0 is the stream. */
  readonly id: TargetId
  readonly label: string
  /** What is looked at, macros in it. */
  readonly page: string
  /** What an alternative takes the place of; null when the stream has no URL of its own. */
  readonly url: string | null
  readonly isOff: boolean
}

export interface Members {
  readonly landings: readonly Landing[]
  readonly offers: readonly Offer[]
}

/** Whether the stream itself leads to a URL. */
export const hasOwnUrl = (stream: Pick<Stream, 'schema' | 'action_type'>): boolean =>
  stream.schema === 'redirect' && takesUrl(stream.action_type)

/** The pages of a trigger, those that are off included. Landing pages and offers that we serve ourselves are none. */
export function targetsOf(trigger: StreamTrigger, stream: Stream, members: Members): Target[] {
  const url = hasOwnUrl(stream) ? payloadText(stream.action_payload).trim() : null
  const own = { id: 0, label: `stream ${stream.id}`, url, isOff: stream.state !== 'active' }
  switch (trigger.target) {
    case 'stream':
      return url ? [{ ...own, page: url }] : []
    case 'selected_page':
      return [{ ...own, page: trigger.selected_page }]
    case 'landings':
      return stream.landings.flatMap(({ landing_id: id, state }) =>
        memberTarget('landing page', members.landings, id, state !== 'active'),
      )
    case 'offers':
      return stream.offers.flatMap(({ offer_id: id, state }) =>
        memberTarget('offer', members.offers, id, state !== 'active'),
      )
  }
}

function memberTarget(label: string, members: readonly (Landing | Offer)[], id: number, isOff: boolean): Target[] {
  const member = members.find((each) => each.id === id)
  if (member?.state !== 'active' || !takesUrl(member.action_type)) return []
  const url = (member.action_payload ?? '').trim()
  return url === '' ? [] : [{ id, label: `${label} ${id}`, page: url, url, isOff }]
}
