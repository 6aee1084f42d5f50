import { type CleanEvent, type CostsEvent, selectionOf } from '@trackyard/core/events/admin-event.ts'
import type { ClickRewrite, EventStore } from '../../stores/events/port.ts'

/**
 * How a change of many clicks is carried out, worked out before the first of them is changed and kept on disk: so a
 * sweep that was interrupted goes on with the same amounts, whatever it has changed already.
 */
export interface SweepPlan {
  /** Position of the event, the version of what it changes. */
  readonly seq: number
  /** Last sub id of every part but the last, which has no bound. */
  readonly bounds: readonly string[]
  /** Parts that are stored. */
  readonly done: number
  /** What each click costs from now on; the first ones, up to this sub id, one micro more, so that the sum is exact. */
  readonly micros: number
  readonly oneMoreUpTo: string
}

type Store = Pick<EventStore, 'countClicks' | 'clicksAt' | 'rewriteClicks'>

/**
 * Null when there is nothing to change. `isReplay`: some clicks may have been changed by this event before its state
 * was lost; they count when the total is shared out. `every`: clicks of one part.
 */
export async function planSweep(
  event: CostsEvent | CleanEvent,
  seq: number,
  store: Store,
  isReplay: boolean,
  every: number,
): Promise<SweepPlan | null> {
  const selection = selectionOf(event)
  const left = await store.countClicks({ selection, below: seq })
  if (left === 0) return null
  const clicks = { selection, below: isReplay ? seq + 1 : seq }
  const count = isReplay ? await store.countClicks(clicks) : left
  const total = event.kind === 'costs' ? event.costMicros : 0
  const remainder = total % count
  const marks = await store.clicksAt(clicks, every, remainder)
  return {
    seq,
    bounds: marks.filter(({ place }) => place % every === 0).map(({ subId }) => subId),
    done: 0,
    micros: (total - remainder) / count,
    oneMoreUpTo: marks.find(({ place }) => place === remainder)?.subId ?? '',
  }
}

/** With fewer clicks it is not their number that the store cannot bear. */
const MIN_PART = 500

/**
 * The plan with its next part cut in two, for a store that cannot take it whole; null when it is small already: then
 * something else takes the memory, and waiting helps.
 */
export async function halveNextPart(
  event: CostsEvent | CleanEvent,
  plan: SweepPlan,
  store: Pick<EventStore, 'countClicks' | 'clicksAt'>,
): Promise<SweepPlan | null> {
  const part = nextPart(event, plan)
  const count = part ? await store.countClicks(part) : 0
  if (!part || count < MIN_PART) return null
  const middle = Math.ceil(count / 2)
  const [mark] = await store.clicksAt(part, middle, 0)
  return mark ? { ...plan, bounds: plan.bounds.toSpliced(plan.done, 0, mark.subId) } : null
}

/** The part of a sweep that comes next, null when all is done. */
export function nextPart(event: CostsEvent | CleanEvent, plan: SweepPlan): ClickRewrite | null {
  const { seq, bounds, done, micros, oneMoreUpTo } = plan
  if (done > bounds.length) return null
  return {
    selection: selectionOf(event),
    below: seq,
    after: bounds[done - 1] ?? '',
    upTo: bounds[done] ?? null,
    change: event.kind === 'costs' ? { kind: 'cost', micros, oneMoreUpTo } : { kind: 'remove' },
  }
}
