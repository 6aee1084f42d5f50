import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CampaignBundle } from '@trackyard/core/click/bundle.ts'
import type { Campaign, Stream } from '@trackyard/core/entities/index.ts'
import { replaceFile } from '../replace-file.ts'
import type { SnapshotShard } from '../snapshot.ts'
import { isShardFile, shardFileOf } from '../snapshot-files.ts'
import { type Content, type Parts, toBundle, toParts } from './bundles.ts'
import { createShardContents, type ShardContent } from './shard-contents.ts'

/** Ids of a shard: so many campaigns are written with a change of one, and the head names one file for so many. */
const SHARD_IDS = 16
/** How long a file stays that is not named any more, for a tracker that reads the last snapshot just now. */
const KEEP_MS = 5000
/** Waiting for the disk many times at once takes little longer than once. */
const MAX_WRITES = 8

/** Keeps the files with the campaigns in step with the store. */
export interface ShardFiles {
  /** Writes the shards whose text has changed; what the head says of all. */
  publish(content: Content, archive: Archive): Promise<readonly SnapshotShard[]>
  /** Removes files that no snapshot names any more: to be called when the head is written. */
  removeOld(): Promise<void>
}

/** Archived campaigns and streams stay for a while: visitors may be on their landing pages and still have a way to go. */
interface Archive {
  readonly nowMs: number
  readonly keepMs: number
}

interface MadeShard {
  /** Null when no visitor needs any of its campaigns. */
  readonly shard: SnapshotShard | null
  /** Everything in its bundles, in order: while that is the same, so is the text. */
  readonly inside: readonly unknown[]
  /** When the first of the archived leaves it. */
  readonly validUntilMs: number
}

export function createShardFiles(directory: string, keepMs = KEEP_MS): ShardFiles {
  const contents = createShardContents((campaignId) => Math.floor(campaignId / SHARD_IDS))
  const made = new Map<number, MadeShard>()
  /** Shards that have to be made, after a failure too. */
  const due = new Set<number>()
  let parts: { readonly lists: readonly unknown[]; readonly byId: Parts } | null = null
  /** Files and when they were last seen to be named, on a clock that only goes forward. */
  let files: Map<string, number> | null = null

  function findDue(content: Content, archive: Archive): Parts {
    for (const number of contents.update(content.campaigns, content.streams)) due.add(number)
    for (const [number, { validUntilMs }] of made) if (validUntilMs < archive.nowMs) due.add(number)
    const { landings, offers, networks, sources, filterSets } = content
    const lists = [landings, offers, networks, sources, filterSets, archive.keepMs]
    if (parts === null || !isSame(parts.lists, lists)) {
      parts = { lists, byId: toParts(content) }
      for (const number of contents.shards.keys()) due.add(number)
    }
    return parts.byId
  }

  async function save(number: number, { now, text }: Draft): Promise<void> {
    const { shard } = now
    if (shard && text !== null) {
      const path = join(directory, shard.file)
      // A backend that starts finds the files of the one before, and mends what is damaged.
      const stored = await readFile(path, 'utf8').catch(() => null)
      if (stored !== text) await replaceFile(path, text)
    }
    const before = made.get(number)?.shard
    if (before) files?.set(before.file, performance.now())
    made.set(number, now)
    due.delete(number)
  }

  return {
    async publish(content, archive) {
      files ??= await filesOf(directory)
      const byId = findDue(content, archive)
      let drafts: (readonly [number, Draft])[] = []
      const saveAll = async (): Promise<void> => {
        await Promise.all(drafts.map(([number, draft]) => save(number, draft)))
        drafts = []
      }
      for (const [number, shard] of contents.shards) {
        if (!due.has(number)) continue
        drafts.push([number, draftOf(number, shard, byId, archive, made.get(number))])
        if (drafts.length === MAX_WRITES) await saveAll()
        // Requests get their turn. Everything was read before, so it does not matter what they change.
        await nextTurn()
      }
      await saveAll()
      return [...made.values()].flatMap(({ shard }) => shard ?? []).sort((a, b) => a.number - b.number)
    },
    async removeOld() {
      const named = new Set([...made.values()].map(({ shard }) => shard?.file))
      for (const [file, at] of files ?? []) {
        if (named.has(file) || performance.now() - at < keepMs) continue
        await rm(join(directory, file), { force: true })
        files?.delete(file)
      }
    },
  }
}

/** A shard as it is now, with its text when that may be another one than before. */
interface Draft {
  readonly now: MadeShard
  readonly text: string | null
}

function draftOf(
  number: number,
  content: ShardContent,
  parts: Parts,
  { nowMs, keepMs }: Archive,
  before: MadeShard | undefined,
): Draft {
  // Nothing changes an archived entity, so its last change is when it was archived.
  const leavesAtMs = (entity: Campaign | Stream): number =>
    entity.state === 'deleted' ? entity.updated_at_ms + keepMs : Number.POSITIVE_INFINITY
  const isServed = (entity: Campaign | Stream): boolean => leavesAtMs(entity) >= nowMs
  const campaigns = [...content.campaigns.values()].filter(isServed).sort((a, b) => a.id - b.id)
  const streams = [...content.streams.values()].filter(isServed)
  const byCampaign = Map.groupBy(streams, (stream) => stream.campaign_id)
  const bundles = campaigns.map((campaign) => toBundle(campaign, byCampaign.get(campaign.id) ?? [], parts))
  const inside = bundles.flatMap((bundle) => Object.values(bundle).flat())
  const validUntilMs = Math.min(...[...campaigns, ...streams].map(leavesAtMs))
  if (before && isSame(before.inside, inside)) return { now: { ...before, validUntilMs }, text: null }
  if (bundles.length === 0) return { now: { shard: null, inside, validUntilMs }, text: null }
  const text = bundles.map((bundle) => `${lineOf(bundle)}\n`).join('')
  const shard = { file: shardFileOf(text), number, campaignCount: bundles.length }
  return { now: { shard, inside, validUntilMs }, text: before?.shard?.file === shard.file ? null : text }
}

/** Triggers are not the tracker's business, and what they note every minute must not make it compile campaigns again. */
const lineOf = (bundle: CampaignBundle): string =>
  JSON.stringify({ ...bundle, streams: bundle.streams.map((stream) => ({ ...stream, triggers: [] })) })

const isSame = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  one.length === other.length && one.every((item, index) => item === other[index])

/** Those of an earlier backend count as named until now. */
async function filesOf(directory: string): Promise<Map<string, number>> {
  const names = await readdir(directory).catch(() => [])
  return new Map(names.filter(isShardFile).map((file) => [file, performance.now()]))
}
