import { z } from 'zod'
import { canonicalJson } from './canonical-json.ts'
import { customStatus, type StatusRef } from './custom-status.ts'

/**
 * What is known of a click's conversions, as a list of facts each of which keeps what it meant when it came: its time,
 * the status with the meaning of one of the user's own, the money by the offer's terms and rates of then. The
 * conversions are worked out from the whole list (fold-facts.ts), so the order in which facts were learned and how often
 * leave no trace; and nothing has to be looked up again.
 */
export type Fact = PostbackFact | SetFact

const text = z.string()
const atMs = z.number()
const micros = z.int()
const money = z.object({
  micros,
  original: z.object({ micros, currency: text, rate: z.number() }).nullable(),
})
/** An amount in the currency of the click, and what it was before. */
export type Payout = Readonly<z.output<typeof money>>

const postbackFact = z.object({
  kind: z.literal('p'),
  /** Spool position of the postback that told it first. */
  seq: z.number(),
  /** When it happened: as the network says (`isDated`), else when the postback came. */
  atMs,
  /** When it was told last; the same while it was told once. */
  untilMs: atMs,
  isDated: z.boolean(),
  status: text,
  custom: customStatus.nullable(),
  /** The status as it was sent. */
  word: text,
  tid: text,
  payout: money.nullable(),
  /** What tells it from another postback of the click: equal keys say the same. */
  key: text,
  /** The offer allowed further conversions of a click. */
  splits: z.boolean(),
  params: z.record(text, text),
})
/** A postback that was understood. */
export type PostbackFact = Readonly<z.output<typeof postbackFact>>

const state = z.object({
  status: text,
  custom: customStatus.nullable(),
  previousStatus: text,
  originalStatus: text,
  tid: text,
  revenueMicros: micros,
  original: money.shape.original,
  postbackAtMs: atMs,
  /** 0 while it never was confirmed. */
  saleAtMs: atMs,
  params: z.record(text, text),
  /** Stage of the status that told the money (statuses.ts); 0 while nothing did. */
  paidStage: z.number(),
})
/** A conversion as it stands: money in micros, times in epoch milliseconds. */
export type State = Readonly<z.output<typeof state>> & StatusRef

const setFact = z.object({
  kind: z.literal('s'),
  seq: z.number(),
  atMs,
  /** Every transaction id it was ever told under. */
  tids: z.array(text),
  state,
})
/** What the conversion became, whatever was before: by hand, or as a summary of facts that are too many to keep. */
export type SetFact = Readonly<z.output<typeof setFact>>

const facts = z.array(z.discriminatedUnion('kind', [postbackFact, setFact]))

/** Facts as they are stored with their conversion. */
export const writeFacts = (list: readonly Fact[]): string => canonicalJson(list)

/** The inverse; none when the text is of an earlier version or damaged. */
export function parseFacts(json: string): readonly Fact[] {
  if (json === '') return []
  try {
    const read = facts.safeParse(JSON.parse(json))
    return read.success ? read.data : []
  } catch {
    return []
  }
}

/**
 * Networks that get no answer send a postback again for hours. Told again within so long after it was told last it is
 * the same fact; later it is news, such as a sale that was refused and is approved after all.
 */
export const REPEATED_WITHIN_MS = 86_400_000

/** Facts that say the same as `fact` at about the same time: it is a repetition of them, or they of it. */
export const repetitionsOf = <One extends Fact>(fact: PostbackFact, known: readonly One[]): readonly One[] =>
  known.filter(
    (one) =>
      one.kind === 'p' &&
      one.key === fact.key &&
      one.atMs - fact.untilMs <= REPEATED_WITHIN_MS &&
      fact.atMs - one.untilMs <= REPEATED_WITHIN_MS,
  )

/**
 * The order in which facts count: by time; those of one moment that the network dated by what they say, the others by
 * the order in which they came.
 */
export function compareFacts(a: Fact, b: Fact): number {
  if (a.atMs !== b.atMs) return a.atMs - b.atMs
  if (isDated(a)) return isDated(b) && a.key > b.key ? 1 : isDated(b) && a.key === b.key ? 0 : -1
  return isDated(b) ? 1 : a.seq - b.seq
}

const isDated = (fact: Fact): fact is PostbackFact => fact.kind === 'p' && fact.isDated
