import { createHash } from 'node:crypto'
import type { Occasion } from '@trackyard/core/postbacks/outgoing-postbacks.ts'
import type { StatusChange } from '../ingest/plan-batch.ts'
import type { Directory } from './directory.ts'
import { writeOccasion } from './occasion.ts'
import type { NewJob, Told } from './queue.ts'

/**
 * The messages that are due about conversions with another status. The same change always has the same key and its
 * messages the same ids, so that one that is told again after a crash is known, to the queue and to the receiver.
 */
export async function deriveMessages(
  changes: readonly StatusChange[],
  directory: Pick<Directory, 'due' | 'refresh'>,
): Promise<Told[]> {
  await directory.refresh()
  const told: Told[] = []
  for (const change of changes) {
    const due = await directory.due(change)
    if (due.length === 0) continue
    const key = `${change.conversion.conversion_id} ${change.conversion.status} ${change.seq}`
    const occasion = writeOccasion(change)
    told.push({ key, seq: change.seq, jobs: due.map((postback) => jobOf(postback.key, key, change, occasion)) })
  }
  return told
}

const jobOf = (lane: string, key: string, { click }: Occasion, occasion: string): NewJob => ({
  id: `msg_${createHash('sha256').update(`${lane} ${key}`).digest('base64url').slice(0, 27)}`,
  lane,
  subId: String(click.sub_id ?? ''),
  occasion,
})
