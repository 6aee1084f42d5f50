import type { Campaign, Stream } from '@trackyard/core/entities/index.ts'

export interface ShardContent {
  readonly campaigns: Map<number, Campaign>
  readonly streams: Map<number, Stream>
}

/** Campaigns and their streams by shard. */
export interface ShardContents {
  readonly shards: ReadonlyMap<number, ShardContent>
  /** Brings them up to date; numbers of the shards that may hold something else than before. */
  update(campaigns: readonly Campaign[], streams: readonly Stream[]): ReadonlySet<number>
}

/**
 * The store hands out unchanged entities as the same objects in the same order, so that comparing the lists finds what
 * has changed without looking into thousands of entities.
 */
export function createShardContents(shardOf: (campaignId: number) => number): ShardContents {
  const shards = new Map<number, ShardContent>()
  let known: { readonly campaigns: readonly Campaign[]; readonly streams: readonly Stream[] } = {
    campaigns: [],
    streams: [],
  }
  return {
    shards,
    update(campaigns, streams) {
      const touched = new Set<number>()
      const contentOf = (campaignId: number): ShardContent => {
        const number = shardOf(campaignId)
        const content = shards.get(number) ?? { campaigns: new Map(), streams: new Map() }
        shards.set(number, content)
        touched.add(number)
        return content
      }
      const moved = difference(known.campaigns, campaigns)
      for (const { id } of moved.gone) contentOf(id).campaigns.delete(id)
      for (const campaign of moved.come) contentOf(campaign.id).campaigns.set(campaign.id, campaign)
      const flown = difference(known.streams, streams)
      for (const { id, campaign_id } of flown.gone) contentOf(campaign_id).streams.delete(id)
      for (const stream of flown.come) contentOf(stream.campaign_id).streams.set(stream.id, stream)
      known = { campaigns, streams }
      return touched
    },
  }
}

/** What lies between the same beginning and the same end. */
function difference<T>(before: readonly T[], now: readonly T[]): { gone: readonly T[]; come: readonly T[] } {
  const shorter = Math.min(before.length, now.length)
  let start = 0
  while (start < shorter && before[start] === now[start]) start++
  let end = 0
  while (end < shorter - start && before[before.length - 1 - end] === now[now.length - 1 - end]) end++
  return { gone: before.slice(start, before.length - end), come: now.slice(start, now.length - end) }
}
