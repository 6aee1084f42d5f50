import type { EntityOf, Stream } from '@trackyard/core/entities/index.ts'
import { campaignOf } from './campaign-target.ts'
import type { SaveTools } from './resource.ts'

const MAX_NAMED = 4

/**
 * What goes on using something that was archived or disabled, as far as the user may see it: active streams, whose
 * visitors now go elsewhere or nowhere.
 */
export async function usageDoubts(
  used: { readonly id: number; readonly state: string },
  label: string,
  isUsedBy: (stream: Stream) => boolean,
  { writer }: SaveTools,
): Promise<string[]> {
  if (used.state === 'active') return []
  const streams = (await writer.list('streams')).filter((stream) => stream.state === 'active' && isUsedBy(stream))
  if (streams.length === 0) return []
  const named = listed(streams.map((stream) => `${nameOf(stream)} of campaign ${stream.campaign_id}`))
  const word = streams.length === 1 ? 'stream' : 'streams'
  const state = used.state === 'deleted' ? 'archived' : 'disabled'
  const cure = used.state === 'deleted' ? 'restore it' : 'enable it'
  return [
    `${label} ${used.id} is ${state}, but ${word} ${named} still ${streams.length === 1 ? 'names' : 'name'} it and ${streams.length === 1 ? 'sends' : 'send'} nobody there: take it out, or ${cure}.`,
  ]
}

/** Active offers and landing pages that send visitors to a campaign that was archived or disabled, as far as the user may see them. */
export async function senderDoubts(campaign: EntityOf<'campaigns'>, { writer }: SaveTools): Promise<string[]> {
  const leadsHere = (page: EntityOf<'offers' | 'landing_pages'>): boolean =>
    page.state === 'active' && campaignOf(page) === campaign.id
  const offers = (await writer.list('offers')).filter(leadsHere)
  const landings = (await writer.list('landing_pages')).filter(leadsHere)
  const cure = campaign.state === 'deleted' ? 'restore it' : 'enable it'
  return [
    { pages: offers, one: 'Offer', many: 'Offers' },
    { pages: landings, one: 'Landing page', many: 'Landing pages' },
  ].flatMap(({ pages, one, many }) =>
    pages.length === 0
      ? []
      : [
          `${pages.length === 1 ? one : many} ${listed(pages.map(nameOf))} still ${pages.length === 1 ? 'sends' : 'send'} visitors to campaign ${campaign.id}, who get an empty page: name another campaign there, or ${cure}.`,
        ],
  )
}

const nameOf = ({ id, name }: { readonly id: number; readonly name: string | null }): string =>
  `${id}${name ? ` (${name.slice(0, 30)})` : ''}`

const listed = (names: readonly string[]): string =>
  names.slice(0, MAX_NAMED).join(', ') + (names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : '')

export const usesOffer =
  (id: number) =>
  (stream: Stream): boolean =>
    stream.schema === 'landings' && stream.offers.some((row) => row.offer_id === id && row.state === 'active')

export const usesLanding =
  (id: number) =>
  (stream: Stream): boolean =>
    stream.schema === 'landings' && stream.landings.some((row) => row.landing_id === id && row.state === 'active')

/** The stream sends its visitors to the campaign. */
export const leadsTo =
  (id: number) =>
  (stream: Stream): boolean =>
    targetOf(stream) === id

/** The campaign that a stream sends its visitors to; 0 when it does something else. */
export const targetOf = (stream: Stream): number => (stream.schema === 'landings' ? 0 : campaignOf(stream))
