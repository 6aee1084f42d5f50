import type { Click, SeenBefore, VisitorState } from '@trackyard/core/click/click.ts'
import type { SeenAs } from '@trackyard/core/events/spool-event.ts'
import type { SeenBy } from '@trackyard/core/filters/filter.ts'
import type { VisitorQuery } from '../stores/visitors/port.ts'
import type { Deps } from './deps.ts'
import { drawnCode } from './identity.ts'

/** Who comes, for all campaigns of a chain. Codes that no campaign asked for stay empty. */
export interface Who {
  /** By the way the first campaign has chosen. */
  readonly visitor: string
  /** By the address alone. */
  ip: string
  /** By the browser's cookie alone: what it brought, or what it will be given. */
  browser: string
  /** A time in which the browser is known begins, so it must have its cookie until that is over. */
  startsWindow: boolean
}

/** What the memory is asked beyond the visitor's own identity; nothing for campaigns without filters that want it. */
export function askedBy(
  who: Who,
  seenBy: readonly SeenBy[],
  click: Click,
  identify: Deps['identify'],
): Pick<VisitorQuery, 'byIp' | 'byCookie'> | undefined {
  if (seenBy.length === 0) return undefined
  if (seenBy.includes('ip')) who.ip ||= identify(click, 'ip')
  return {
    byIp: seenBy.includes('ip') ? who.ip : undefined,
    byCookie: seenBy.includes('cookie') && who.browser !== '' ? who.browser : undefined,
  }
}

/** What is remembered beyond the visitor's own identity. A browser without a cookie gets its code here. */
export function rememberedAs(
  who: Who,
  seenBy: readonly SeenBy[],
  state: VisitorState,
  streamId: number,
  chance: () => number,
): readonly SeenAs[] | undefined {
  if (seenBy.length === 0) return undefined
  return seenBy.map((by): SeenAs => {
    const unique = uniqueMarks(by === 'ip' ? state.byIp : state.byCookie, streamId)
    if (by === 'ip') return { by, visitor: who.ip, unique }
    who.browser ||= drawnCode(chance)
    who.startsWindow ||= unique !== ''
    return { by, visitor: who.browser, unique }
  })
}

/** For what the visit is the first: `g` the tracker, `c` the campaign, `s` the stream, if there is one. */
export function uniqueMarks(seen: SeenBefore | undefined, streamId: number): string {
  const isFirstToStream = streamId > 0 && seen?.seenStreams.has(streamId) !== true
  return `${seen?.isUniqueGlobal === false ? '' : 'g'}${seen?.isUniqueCampaign === false ? '' : 'c'}${isFirstToStream ? 's' : ''}`
}
