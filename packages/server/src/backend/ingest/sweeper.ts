import { countWithin } from '@trackyard/core/costs/lookup.ts'
import type { Sweep } from '@trackyard/core/costs/sweep.ts'
import {
  type CampaignStretchCount,
  type EventStore,
  RefusedRows,
  type StretchCount,
  type SweepPart,
  TooMuchAtOnce,
} from '../../stores/events/port.ts'

/** Carries out sweeps a slice at a time, so that whatever else ingest does waits for a slice only. */
export interface Sweeper {
  /**
   * Carries out the next slice of these sweeps, oldest first; answers those that are done with it. Nothing of it is kept:
   * what is left to do is asked of the store, so it may be interrupted anywhere. Rejects with RefusedSweep when the
   * store will never take one.
   */
  slice(sweeps: readonly Sweep[]): Promise<readonly Sweep[]>
}

/** A sweep the store does not take; the others may be fine. */
export class RefusedSweep extends Error {
  readonly sweep: Sweep
  constructor(sweep: Sweep, message: string) {
    super(message)
    this.sweep = sweep
  }
}

/** Clicks that are changed at once: they lie together in the store. */
interface Part extends Omit<SweepPart, 'sweeps'> {
  readonly campaignIds: readonly number[]
  readonly clicks: number
}

/** All sweeps that a pass over the clicks carries out, and the parts of it that are still to come. */
interface Pass {
  readonly sweeps: readonly Sweep[]
  parts: readonly Part[]
}

const DAY_MS = 86_400_000
/** Kinds of sweeps that are asked of every click of a pass (core/costs/lookup.ts), however many sweeps they are. */
const MAX_KINDS = 100
/** With fewer clicks it is not their number that the store cannot bear. */
const MIN_CLICKS = 500
/** In the text of every slice, whoever began it. */
export const SWEEP_MARKER = 'trackyard-sweep-slice'

/** `sliceClicks`: how many clicks a slice changes. */
export function createSweeper(
  store: Pick<EventStore, 'countSwept' | 'sweepClicks' | 'waitForMarker'>,
  sliceClicks: number,
  onTooMuch: () => void,
): Sweeper {
  let pass: Pass | null = null
  // A slice of a process that died, or whose answer was lost, may still be running.
  let isUnclear = true
  let isOneAtATime = false

  async function slice(sweeps: readonly Sweep[]): Promise<readonly Sweep[]> {
    if (isUnclear) await store.waitForMarker(SWEEP_MARKER)
    isUnclear = false
    // Some may have been replaced by newer ones.
    if (pass?.sweeps.some((sweep) => !sweeps.includes(sweep))) pass = null
    pass ??= await begin(firstOf(sweeps))
    const [part, ...rest] = pass.parts
    if (!part) {
      const done = pass.sweeps
      pass = null
      return done
    }
    if (part.clicks > sliceClicks && part.toMs - part.fromMs > 1) {
      pass.parts = [...(await divide(part, pass.sweeps, sliceClicks)), ...rest]
      return []
    }
    isUnclear = true
    try {
      await store.sweepClicks({ ...part, sweeps: pass.sweeps }, SWEEP_MARKER)
    } catch (error) {
      const isSmall = part.clicks < MIN_CLICKS || part.toMs - part.fromMs <= 1
      if (!(error instanceof TooMuchAtOnce) || isSmall) throw error
      onTooMuch()
      await store.waitForMarker(SWEEP_MARKER)
      pass.parts = [...(await divide(part, pass.sweeps, Math.ceil(part.clicks / 2))), ...rest]
      return []
    }
    isUnclear = false
    pass.parts = rest
    return []
  }

  const firstOf = (sweeps: readonly Sweep[]): readonly Sweep[] =>
    sweeps.slice(
      0,
      isOneAtATime
        ? 1
        : Math.max(
            1,
            countWithin(
              sweeps.map(({ selection }) => selection),
              MAX_KINDS,
            ),
          ),
    )

  async function begin(sweeps: readonly Sweep[]): Promise<Pass> {
    const fromMs = Math.min(...sweeps.map(({ selection }) => selection.fromMs))
    const toMs = Math.max(...sweeps.map(({ selection }) => selection.toMs))
    const all = { campaignIds: null, fromMs, toMs }
    return { sweeps, parts: inParts(await store.countSwept({ ...all, sweeps }, DAY_MS), DAY_MS, all, sliceClicks) }
  }

  async function divide(part: Part, sweeps: readonly Sweep[], atMost: number): Promise<Part[]> {
    const stretchMs = Math.max(1, Math.ceil((part.toMs - part.fromMs) / 64))
    return inParts(await store.countSwept({ ...part, sweeps }, stretchMs), stretchMs, part, atMost)
  }

  return {
    async slice(sweeps) {
      try {
        const done = await slice(sweeps)
        if (done.length > 0) isOneAtATime = false
        return done
      } catch (error) {
        const [first] = pass?.sweeps ?? sweeps
        const wereMany = (pass?.sweeps ?? firstOf(sweeps)).length > 1
        pass = null
        if (!(error instanceof RefusedRows) || !first) throw error
        if (!wereMany) throw new RefusedSweep(first, error.message)
        // One of them is at fault: from now on one at a time, until one went well.
        isOneAtATime = true
        return []
      }
    },
  }
}

/** Neighbouring stretches together, and small campaigns whole, as long as they hold at most so many clicks. */
function inParts(
  stretches: readonly CampaignStretchCount[],
  lengthMs: number,
  bounds: { readonly fromMs: number; readonly toMs: number },
  atMost: number,
): Part[] {
  const { fromMs, toMs } = bounds
  const parts: Part[] = []
  let whole: Part = { campaignIds: [], clicks: 0, fromMs, toMs }
  for (const [campaignId, own] of Map.groupBy(stretches, (one) => one.campaignId)) {
    const clicks = own.reduce((sum, one) => sum + one.clicks, 0)
    if (clicks > atMost) parts.push(...ofCampaign(campaignId, own, lengthMs, bounds, atMost))
    else if (whole.clicks + clicks <= atMost)
      whole = { ...whole, campaignIds: [...whole.campaignIds, campaignId], clicks: whole.clicks + clicks }
    else {
      parts.push(whole)
      whole = { campaignIds: [campaignId], clicks, fromMs, toMs }
    }
  }
  return whole.clicks === 0 ? parts : [...parts, whole]
}

function ofCampaign(
  campaignId: number,
  stretches: readonly StretchCount[],
  lengthMs: number,
  bounds: { readonly fromMs: number; readonly toMs: number },
  atMost: number,
): Part[] {
  const parts: Part[] = []
  for (const one of stretches) {
    const fromMs = Math.max(one.fromMs, bounds.fromMs)
    const own = { campaignIds: [campaignId], fromMs, toMs: Math.min(one.fromMs + lengthMs, bounds.toMs) }
    const last = parts.at(-1)
    if (last && last.clicks + one.clicks <= atMost)
      parts[parts.length - 1] = { ...own, fromMs: last.fromMs, clicks: last.clicks + one.clicks }
    else parts.push({ ...own, clicks: one.clicks })
  }
  return parts
}
