import { isConfirmed, mayChange, modelOf, stageOf } from './custom-status.ts'
import { compareFacts, type Fact, type PostbackFact, type SetFact, type State } from './facts.ts'
import { revenueOf } from './payout.ts'
import { mayBecome, statuses } from './statuses.ts'

/** A fact and the number of the conversion that it was kept with; null: it is new. */
export interface KeptFact {
  readonly fact: Fact
  readonly ordinal: number | null
}

/** A conversion as the facts make it. */
export interface Folded {
  readonly state: State
  /** In order, with the state that each led to. */
  readonly steps: readonly { readonly fact: Fact; readonly after: State }[]
  readonly tids: readonly string[]
  /** Conversions that its facts were kept with, lowest first. */
  readonly ordinals: readonly number[]
  /** Facts that could not be followed, and why. */
  readonly refusals: ReadonlyMap<Fact, string>
}

interface Draft {
  state: State
  steps: { fact: Fact; after: State }[]
  tids: Set<string>
  ordinals: Set<number>
  refusals: Map<Fact, string>
}

/**
 * The conversions of a click, the one that began first in front, from everything that is known of them (the decision
 * table of reference conversions-and-reports §3.2). The result depends on what the facts say and when they happened, and
 * on nothing else: learned in any order, and any number of times, they come to the same.
 *
 * So where two facts contradict each other, two amounts for one status or a sale and its refusal, the later one stands.
 * Lead, registration, deposit and sale do not contradict each other: they are stages of one way, and the furthest one
 * stands whichever came first, with the money that the furthest stage told which told any.
 */
export function foldFacts(kept: readonly KeptFact[]): readonly Folded[] {
  const drafts: Draft[] = []
  for (const { fact, ordinal } of kept.toSorted((a, b) => compareFacts(a.fact, b.fact))) {
    const draft = fact.kind === 's' ? set(drafts, fact, ordinal) : follow(drafts, fact)
    draft.steps.push({ fact, after: draft.state })
    if (ordinal !== null) draft.ordinals.add(ordinal)
  }
  return drafts.map(({ state, steps, tids, ordinals, refusals }) => ({
    ...{ state, steps, refusals },
    tids: [...tids],
    ordinals: [...ordinals].sort((a, b) => a - b),
  }))
}

const open = (drafts: Draft[], state: State): Draft => {
  const draft = { state, steps: [], tids: new Set<string>(), ordinals: new Set<number>(), refusals: new Map() }
  drafts.push(draft)
  return draft
}

function set(drafts: Draft[], fact: SetFact, ordinal: number | null): Draft {
  const draft = drafts.find(({ ordinals }) => ordinal !== null && ordinals.has(ordinal)) ?? open(drafts, fact.state)
  draft.state = fact.state
  for (const tid of fact.tids) draft.tids.add(tid)
  return draft
}

function follow(drafts: Draft[], fact: PostbackFact): Draft {
  const known = findDraft(drafts, fact)
  if (known === null) {
    const created = open(drafts, firstState(fact, drafts.length > 0))
    created.tids.add(fact.tid)
    return created
  }
  const next = change(known.state, fact, known !== drafts[0])
  if (next.refusal !== null) known.refusals.set(fact, next.refusal)
  known.state = next.state
  known.tids.add(fact.tid)
  return known
}

/** The conversion a postback is about, or null when it makes a new one. */
function findDraft(drafts: readonly Draft[], fact: PostbackFact): Draft | null {
  const [oldest] = drafts
  if (!oldest) return null
  const same = drafts.find(({ state }) => state.tid === fact.tid) ?? drafts.find(({ tids }) => tids.has(fact.tid))
  if (same) return same
  return fact.tid !== '' && fact.splits && mayBeAdditional(fact) ? null : oldest
}

/** Statuses that make a conversion of its own beside another one of the click, where the offer allows it. */
export const mayBeAdditional = (fact: Pick<PostbackFact, 'status' | 'custom'>): boolean =>
  stageOf(fact) < statuses.rejected.stage

function firstState(fact: PostbackFact, isFurther: boolean): State {
  // Further payments are rebills, so that CR is not inflated (reference conversions-and-reports §0.3, fact 7).
  const ref = { status: isFurther && fact.status === 'sale' ? 'rebill' : fact.status, custom: fact.custom }
  return {
    ...ref,
    previousStatus: '',
    originalStatus: fact.word,
    tid: fact.tid,
    revenueMicros: fact.payout?.micros ?? 0,
    original: fact.payout?.original ?? null,
    postbackAtMs: fact.atMs,
    saleAtMs: isConfirmed(ref) ? fact.atMs : 0,
    params: fact.params,
    paidStage: fact.payout ? stageOf(ref) : 0,
  }
}

/** What a fact makes of a conversion that is there; a refusal says why it does not get the status it was sent. */
function change(
  before: State,
  fact: PostbackFact,
  isFurther: boolean,
): { readonly state: State; readonly refusal: string | null } {
  // Networks that know no rebills report a sale, and the further sale of a click is one however it began.
  const isRebill = fact.status === 'sale' && before.status !== 'sale' && (before.status === 'rebill' || isFurther)
  const sent = { status: isRebill ? 'rebill' : fact.status, custom: fact.custom }
  const isSame = sent.status === before.status
  const isAllowed = isSame || mayChange(before, sent) || (isRebill && mayBecome(modelOf(before), 'sale'))
  if (!isAllowed) {
    const cure = sent.status === 'rebill' ? '; a rebill needs a tid of its own and payout_upsell on the offer' : ''
    const refusal = `a ${before.status} cannot become a ${sent.status}${cure}`
    return { state: isEarlierStage(sent, before) ? earlierStage(before, fact, sent.status) : before, refusal }
  }
  return {
    refusal: null,
    state: {
      ...before,
      ...sent,
      previousStatus: isSame ? before.previousStatus : before.status,
      originalStatus: fact.word || before.originalStatus,
      tid: fact.tid || before.tid,
      ...paid(before, fact, true, stageOf(sent)),
      saleAtMs: before.saleAtMs || (isConfirmed(sent) ? fact.atMs : 0),
      params: { ...before.params, ...fact.params },
    },
  }
}

type Ref = Pick<State, 'status' | 'custom'>

/** A lead that is told after its sale, not a sale that was refused. */
const isEarlierStage = (sent: Ref, before: Ref): boolean =>
  stageOf(sent) < stageOf(before) && stageOf(before) < statuses.rejected.stage

/** What an earlier stage adds when it is told too late: what nothing later said. */
function earlierStage(before: State, fact: PostbackFact, status: string): State {
  const previous = before.previousStatus
  const isNearer = previous === '' || stageOf(fact) > stageOf({ status: previous, custom: null })
  return {
    ...before,
    ...paid(before, fact, stageOf(fact) >= before.paidStage, stageOf(fact)),
    previousStatus: isNearer ? status : previous,
    params: { ...fact.params, ...before.params },
  }
}

function paid(
  before: State,
  { payout }: PostbackFact,
  counts: boolean,
  stage: number,
): Pick<State, 'revenueMicros' | 'original' | 'paidStage'> {
  const { revenueMicros, original, paidStage } = before
  return payout && counts ? { ...revenueOf(before, payout), paidStage: stage } : { revenueMicros, original, paidStage }
}
