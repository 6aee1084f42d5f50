import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { messageOf } from './log.ts'
import { parseSnapshot, type Snapshot, type SnapshotCampaign, type SnapshotShard, toCampaigns } from './snapshot.ts'

/** Name of the shard with this text: what has another text is another file, so a file never changes. */
export const shardFileOf = (text: string): string =>
  `campaigns-${createHash('sha256').update(text).digest('hex').slice(0, 32)}.ndjson`

/** Unfinished ones count too. */
export const isShardFile = (name: string): boolean => /^campaigns-[0-9a-f]{32}\.ndjson(\.\w+\.tmp)?$/.test(name)

/** Campaigns of a shard that lies in `directory`. Refuses one that is missing or damaged. */
export function readShard(directory: string, shard: SnapshotShard): Result<readonly SnapshotCampaign[]> {
  const refused = (why: string) => fail(problem('bad_request', `The snapshot's file ${shard.file} ${why}`))
  try {
    const text = readFileSync(join(directory, shard.file), 'utf8')
    const campaigns = toCampaigns(text)
    const isWhole = campaigns?.length === shard.campaignCount && shardFileOf(text) === shard.file
    return isWhole ? ok(campaigns) : refused('is damaged')
  } catch (error) {
    return refused(`cannot be read: ${messageOf(error)}`)
  }
}

/** Reads a snapshot with all its campaigns. */
export function loadSnapshot(path: string): Result<Snapshot> {
  const head = parseSnapshot(readFileSync(path, 'utf8'))
  if (!head.ok) return head
  const campaigns = [...head.value.campaigns]
  for (const shard of head.value.header.shards) {
    const read = readShard(dirname(path), shard)
    if (!read.ok) return read
    campaigns.push(...read.value)
  }
  return ok({ header: head.value.header, campaigns })
}
