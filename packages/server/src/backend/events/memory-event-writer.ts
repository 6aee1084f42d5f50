import { type AdminEvent, adminRecord, isSweep } from '@trackyard/core/events/admin-event.ts'
import { ok } from '@trackyard/core/result.ts'
import { parsePayload } from '../../spool/record.ts'
import type { EventStore } from '../../stores/events/port.ts'
import { type BatchSource, planBatch } from '../ingest/plan-batch.ts'
import { settleSweeps } from '../ingest/settle-sweep.ts'
import type { EventWriter } from './event-writer.ts'

export interface MemoryEventWriter extends EventWriter {
  readonly appended: AdminEvent[]
}

const FIRST_POSITION = 1_000_000

/** For tests: no spool in between, events are stored at once, as ingest would. */
export function createMemoryEventWriter(
  store: EventStore,
  source: Pick<BatchSource, 'offerTerms' | 'costTerms' | 'exchange'>,
): MemoryEventWriter {
  const appended: AdminEvent[] = []
  async function apply(event: AdminEvent, seq: number): Promise<void> {
    if (isSweep(event)) {
      const around = { store, sweeps: [], exchange: await source.exchange(), isReplay: false }
      const sweeps = await settleSweeps([{ event, seq }], around)
      if (sweeps.length > 0)
        await store.sweepClicks({ sweeps, campaignIds: null, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }, 'm')
      return
    }
    const { loadStates, loadConversions } = store
    const record = parsePayload(seq, Buffer.from(adminRecord(event)))
    const { changes, conversionLines, erased } = await planBatch(
      [record],
      { ...source, loadStates, loadConversions },
      false,
    )
    await store.insertLines('conversions', conversionLines, 'm')
    await store.insertLines(
      'clicks',
      changes.flatMap(({ lines }) => lines),
      'm',
    )
    await store.eraseLogLines(erased, 'm')
  }
  return {
    appended,
    async append(events) {
      const positions: number[] = []
      for (const event of events) {
        const position = FIRST_POSITION + appended.length
        await apply(event, position)
        appended.push(event)
        positions.push(position)
      }
      return ok(positions)
    },
    untilStored: async () => true,
  }
}
