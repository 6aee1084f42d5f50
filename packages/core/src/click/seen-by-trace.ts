import type { Stream } from '../entities/index.ts'
import { uniqueness } from '../filters/uniqueness.ts'
import type { StreamVerdict } from './decision.ts'

/**
 * Streams that a visitor had been to before, as far as the record of a click tells: what a filter for the first visit to
 * a stream said is kept, though whom the stream had seen is not. `asked` are the streams that ask now what they asked
 * then. Of the one that took the click a column tells.
 */
export const seenByTrace = (trace: readonly StreamVerdict[], asked: ReadonlyMap<number, Stream>): number[] =>
  trace.filter((verdict) => hadSeen(verdict, asked.get(verdict.streamId))).map(({ streamId }) => streamId)

function hadSeen({ verdict, failedFilter }: StreamVerdict, stream: Stream | undefined): boolean {
  if (stream === undefined || verdict !== 'filtered' || failedFilter === undefined) return false
  return stream.filters.some(({ name, mode, payload }, index) => {
    if (name !== 'uniqueness' || uniqueness.params.safeParse(payload).data !== 'stream') return false
    const isRefused = stream.filter_or || index === failedFilter.index
    // Behind the filter that refused nobody was asked.
    return isRefused ? mode === 'accept' : mode === 'reject' && index < failedFilter.index
  })
}
