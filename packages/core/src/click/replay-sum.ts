import type { Outcome, Replayed } from './replay.ts'

export type MovedKind = 'stream' | 'landing' | 'offer'
export const MOVED_KINDS: readonly MovedKind[] = ['stream', 'landing', 'offer']

/** What was counted about one stream, landing page or offer; 0 stands for none. */
export interface MemberCount {
  readonly id: number
  recorded: number
  now: number
  draft: number
}
export interface Move {
  readonly from: number
  readonly to: number
  clicks: number
}
export interface MovedExample {
  readonly subId: string
  readonly from: Outcome
  readonly to: Outcome
}

/** Expected money of the clicks as they are decided now and by the draft. */
export interface Expected {
  readonly nowMicros: number
  readonly draftMicros: number
  /** Clicks that would reach an offer nobody reached in the period, so nothing is known of its money. */
  readonly clicksWithoutEpc: number
}

const MAX_EXAMPLES = 20

/** Adds up replayed clicks; memory grows with what a campaign holds, not with its clicks. */
export function createReplaySum() {
  const members = new Map<MovedKind, Map<number, MemberCount>>(MOVED_KINDS.map((kind) => [kind, new Map()]))
  const moves = new Map<MovedKind, Map<string, Move>>(MOVED_KINDS.map((kind) => [kind, new Map()]))
  const examples: MovedExample[] = []
  /** Offer → clicks that reached it and what they earned; landing page → clicks that saw it and went on. */
  const offers = new Map<number, { reached: number; revenueMicros: number }>()
  const landings = new Map<number, { seen: number; wentOn: number }>()
  /** Offer and landing page (when it is uncertain whether the visitor goes on) → clicks, now and by the draft. */
  const reaches = new Map<string, { offerId: number; landingId: number; now: number; draft: number }>()
  const sum = { clicks: 0, moved: 0, changedSince: 0, otherThanRecorded: 0, turnedAway: 0 }

  const count = (kind: MovedKind, id: number, which: 'recorded' | 'now' | 'draft'): void => {
    const found = members.get(kind)?.get(id) ?? { id, recorded: 0, now: 0, draft: 0 }
    found[which]++
    members.get(kind)?.set(id, found)
  }
  const reach = ({ offerId, landingId, reaches: does }: Outcome, which: 'now' | 'draft'): void => {
    if (does === false || offerId === 0) return
    const page = does === null ? landingId : 0
    const key = `${offerId} ${page}`
    const found = reaches.get(key) ?? { offerId, landingId: page, now: 0, draft: 0 }
    found[which]++
    reaches.set(key, found)
  }

  return {
    sum,
    members,
    moves,
    examples,
    add(subId: string, replayed: Replayed | null, revenueMicros: number): void {
      if (replayed === null) {
        sum.turnedAway++
        return
      }
      const { recorded, now, draft } = replayed
      sum.clicks++
      if (replayed.isChangedSince) sum.changedSince++
      if (isMoved(recorded, now)) sum.otherThanRecorded++
      if (isMoved(now, draft)) {
        sum.moved++
        if (examples.length < MAX_EXAMPLES) examples.push({ subId, from: now, to: draft })
      }
      for (const kind of MOVED_KINDS) {
        const from = idOf(kind, now)
        const to = idOf(kind, draft)
        count(kind, idOf(kind, recorded), 'recorded')
        count(kind, from, 'now')
        count(kind, to, 'draft')
        if (from === to) continue
        const key = `${from} ${to}`
        const move = moves.get(kind)?.get(key) ?? { from, to, clicks: 0 }
        move.clicks++
        moves.get(kind)?.set(key, move)
      }
      if (recorded.reaches && recorded.offerId > 0) {
        const earned = offers.get(recorded.offerId) ?? { reached: 0, revenueMicros: 0 }
        earned.reached++
        earned.revenueMicros += revenueMicros
        offers.set(recorded.offerId, earned)
      }
      if (recorded.landingId > 0) {
        const shown = landings.get(recorded.landingId) ?? { seen: 0, wentOn: 0 }
        shown.seen++
        if (recorded.reaches) shown.wentOn++
        landings.set(recorded.landingId, shown)
      }
      reach(now, 'now')
      reach(draft, 'draft')
    },
    /** By what each offer earned a click that reached it in the period, and how many went on from each landing page. */
    expected(): Expected {
      let nowMicros = 0
      let draftMicros = 0
      let clicksWithoutEpc = 0
      for (const { offerId, landingId, now, draft } of reaches.values()) {
        const earned = offers.get(offerId)
        const shown = landings.get(landingId)
        if (!earned || (landingId > 0 && !shown)) {
          clicksWithoutEpc += draft
          continue
        }
        const share = shown && landingId > 0 ? shown.wentOn / shown.seen : 1
        const epcMicros = earned.revenueMicros / earned.reached
        nowMicros += now * share * epcMicros
        draftMicros += draft * share * epcMicros
      }
      return { nowMicros: Math.round(nowMicros), draftMicros: Math.round(draftMicros), clicksWithoutEpc }
    },
    epcMicros: (offerId: number): number | null => {
      const earned = offers.get(offerId)
      return earned ? Math.round(earned.revenueMicros / earned.reached) : null
    },
  }
}

const idOf = (kind: MovedKind, outcome: Outcome): number =>
  kind === 'stream' ? outcome.streamId : kind === 'landing' ? outcome.landingId : outcome.offerId

const isMoved = (from: Outcome, to: Outcome): boolean => MOVED_KINDS.some((kind) => idOf(kind, from) !== idOf(kind, to))
