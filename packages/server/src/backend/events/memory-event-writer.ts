import { type AdminEvent, adminRecord, isSweep } from '@trackyard/core/events/admin-event.ts'
import { ok } from '@trackyard/core/result.ts'
import { parsePayload } from '../../spool/record.ts'
import type { EventStore } from '../../stores/events/port.ts'
import { type BatchSource, planBatch } from '../ingest/plan-batch.ts'
import { nextPart, planSweep } from '../ingest/sweep.ts'
import type { EventWriter } from './event-writer.ts'

export interface MemoryEventWriter extends EventWriter {
  readonly appended: AdminEvent[]
}

const FIRST_POSITION = 1_000_000

/** For tests: no spool in between, events are stored at once, as ingest would. */
export function createMemoryEventWriter(
  store: EventStore,
  source: Pick<BatchSource, 'offerTerms' | 'baseCurrency'>,
): MemoryEventWriter {
  const appended: AdminEvent[] = []
  async function apply(event: AdminEvent, seq: number): Promise<void> {
    if (isSweep(event)) {
      let plan = await planSweep(event, seq, store, false, FIRST_POSITION)
      for (let part = plan && nextPart(event, plan); plan && part; part = nextPart(event, plan)) {
        await store.rewriteClicks(part, 'm')
        plan = { ...plan, done: plan.done + 1 }
      }
      return
    }
    const { loadStates, loadConversions } = store
    const record = parsePayload(seq, Buffer.from(adminRecord(event)))
    const { changes, conversionLines } = await planBatch([record], { ...source, loadStates, loadConversions }, false)
    await store.insertLines('conversions', conversionLines, 'm')
    await store.insertLines(
      'clicks',
      changes.flatMap(({ lines }) => lines),
      'm',
    )
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
