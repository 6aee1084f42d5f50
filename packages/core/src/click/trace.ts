import type { DeadEnd, StreamVerdict } from './decision.ts'

/**
 * The streams tried, one after another, as short text: `12!country@0;14=` says that stream 12 was passed over because
 * its first filter, country, said no, and stream 14 was taken. `~` is bound, `-` is no destination; `14=^7^8` adds that
 * offers 7 and 8 were full.
 */
export function encodeTrace(trace: readonly StreamVerdict[]): string {
  let text = ''
  for (const verdict of trace) {
    if (text !== '') text += ';'
    text += verdict.failedFilter === undefined ? encodeVerdict(verdict) : refusalText(verdict)
  }
  return text
}

function encodeVerdict({ streamId, verdict, failedFilter, cappedOffers }: StreamVerdict): string {
  let text = streamId + MARKS[verdict]
  if (failedFilter !== undefined) text += `${failedFilter.name}@${failedFilter.index}`
  if (cappedOffers !== undefined) text += cappedText(cappedOffers)
  return text
}

/** The refusals of a stream are the same objects for every click, and most of a trace. */
const refusalTexts = new WeakMap<StreamVerdict, string>()

function refusalText(refusal: StreamVerdict): string {
  let text = refusalTexts.get(refusal)
  if (text === undefined) {
    text = encodeVerdict(refusal)
    refusalTexts.set(refusal, text)
  }
  return text
}

/** The inverse of `encodeTrace`. Pieces that nobody encoded are left out. */
export function decodeTrace(text: string): StreamVerdict[] {
  const trace: StreamVerdict[] = []
  for (const piece of text.split(';')) {
    const [, id, mark = '', name, index, capped] = PIECE.exec(piece) ?? []
    const verdict = VERDICTS.get(mark)
    if (verdict === undefined) continue
    trace.push({
      streamId: Number(id),
      verdict,
      ...(name === undefined ? {} : { failedFilter: { index: Number(index), name } }),
      ...(capped === undefined ? {} : { cappedOffers: capped.slice(1).split('^').map(Number) }),
    })
  }
  return trace
}

/**
 * The trace of a click once its visitor goes on from the landing page: which offers were full is known only then. Going
 * on again replaces what was noted before.
 */
export const withCappedOffers = (trace: string, offerIds: readonly number[]): string =>
  trace.replace(/(\d+[=~])(?:\^\d+)*$/, (_, taken: string) => taken + cappedText(offerIds))

/** Why the streams tried led nowhere; null when one was taken. Told from the trace alone, so that a stored click tells it too. */
export function deadEndOf(trace: readonly StreamVerdict[]): DeadEnd | null {
  if (trace.length === 0) return 'no_stream'
  let isEmpty = false
  for (const { verdict } of trace) {
    if (verdict === 'taken' || verdict === 'bound') return null
    if (verdict === 'no_destination') isEmpty = true
  }
  return isEmpty ? 'nothing_to_show' : 'no_match'
}

const cappedText = (offerIds: readonly number[]): string => offerIds.map((id) => `^${id}`).join('')

const MARKS: Readonly<Record<StreamVerdict['verdict'], string>> = {
  taken: '=',
  bound: '~',
  filtered: '!',
  no_destination: '-',
}
const VERDICTS = new Map<string, StreamVerdict['verdict']>([
  ['=', 'taken'],
  ['~', 'bound'],
  ['!', 'filtered'],
  ['-', 'no_destination'],
])
const PIECE = /^(\d+)([=~!-])(?:([^@;^]+)@(\d+))?((?:\^\d+)+)?$/
