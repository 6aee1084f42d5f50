import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Visit } from '@trackyard/core/events/spool-event.ts'
import { replayVisits } from './visits.ts'

it('visits come back in order, and a record that makes no sense keeps nobody from starting', () => {
  const at = { visitor: 'v', campaignId: 1, streamId: 2, atMs: 3 }
  const also = [{ by: 'cookie', visitor: 'b', unique: 'c' }] as const
  const visit: Visit = { ...at, unique: 'gcs', also, counts: false, bind: null }
  const { also: _, ...old } = visit
  const text = JSON.stringify(visit)
  const records = [
    `c {}`,
    `c ${text}\t{"cost":NaN}`,
    'v not json',
    `l {"visit":null}`,
    'l []',
    `l {"visit":${text}}`,
    `v ${JSON.stringify(old)}`,
  ]
  const seen: Visit[] = []
  replayVisits(
    records.map((record, seq) => ({ seq, kind: record.slice(0, 1), subId: 's', rest: record.slice(2) })),
    { record: (one) => void seen.push(one) },
  )
  assert.deepEqual(seen, [visit, visit, old])
})
