import type { CampaignBundle } from '@trackyard/core/click/bundle.ts'
import { isWithoutUrl } from '@trackyard/core/click/compile.ts'
import type { StreamVerdict } from '@trackyard/core/click/decision.ts'
import type { Landing, Offer, Stream } from '@trackyard/core/entities/index.ts'
import type { ConfigReader } from '../../stores/config/port.ts'

/** What of a stream could take no visitor, in words such as `offer 6 (Tea) is archived`. */
export interface OffMembers {
  readonly landings: readonly string[]
  readonly offers: readonly string[]
  /** Why a stream shows nothing, members aside: its URL is empty, or it names no members. */
  readonly stream: readonly string[]
}
export const NOTHING_OFF: OffMembers = { landings: [], offers: [], stream: [] }

/**
 * What was off in the streams that were tried, by stream. Told as far as `reader` sees it, and of what was not changed
 * after the click at `clickMs`: nobody knows how that was before.
 */
export async function offMembers(
  trace: readonly StreamVerdict[],
  { bundle, clickMs, reader }: { bundle: CampaignBundle; clickMs: number; reader: ConfigReader },
): Promise<ReadonlyMap<number, OffMembers>> {
  const isKnown = (one: { readonly updated_at_ms: number }): boolean => one.updated_at_ms <= clickMs
  const seen = async (kind: 'streams' | 'landing_pages' | 'offers', list: readonly { readonly id: number }[]) =>
    new Set(
      (
        await reader.getMany(
          kind,
          list.map(({ id }) => id),
        )
      ).map(({ id }) => id),
    )
  const streamIds = await seen('streams', bundle.streams)
  const landingIds = await seen('landing_pages', bundle.landings)
  const offerIds = await seen('offers', bundle.offers)
  const landings = bundle.landings.filter((one) => landingIds.has(one.id) && isKnown(one))
  const offers = bundle.offers.filter((one) => offerIds.has(one.id) && isKnown(one))
  const tried = new Set(trace.map(({ streamId }) => streamId))
  return new Map(
    bundle.streams
      .filter((stream) => tried.has(stream.id) && streamIds.has(stream.id) && isKnown(stream))
      .map((stream) => [stream.id, offIn(stream, landings, offers)]),
  )
}

function offIn(stream: Stream, landings: readonly Landing[], offers: readonly Offer[]): OffMembers {
  if (stream.schema !== 'landings') return { ...NOTHING_OFF, stream: isWithoutUrl(stream) ? ['its URL is empty'] : [] }
  const isBare = stream.landings.length === 0 && stream.offers.length === 0
  return {
    landings: stream.landings.flatMap((row) => whyOff('landing page', row, byId(landings, row.landing_id))),
    offers: stream.offers.flatMap((row) => whyOff('offer', row, byId(offers, row.offer_id))),
    stream: isBare ? ['it names no landing page and no offer'] : [],
  }
}

function whyOff(
  label: string,
  row: { readonly state: string; readonly share: number },
  member: { readonly id: number; readonly name: string; readonly state: string } | undefined,
): string[] {
  if (member === undefined) return []
  const title = `${label} ${member.id} (${member.name})`
  if (member.state === 'deleted') return [`${title} is archived`]
  if (member.state === 'disabled') return [`${title} is disabled`]
  if (row.state === 'disabled') return [`${title} is disabled in the stream`]
  return row.share > 0 ? [] : [`${title} has share 0`]
}

const byId = <T extends { readonly id: number }>(list: readonly T[], id: number): T | undefined =>
  list.find((one) => one.id === id)
