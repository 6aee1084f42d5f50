import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Click, VisitorState } from '@trackyard/core/click/click.ts'
import { compileCampaign } from '@trackyard/core/click/compile.ts'
import { decide as decideClick } from '@trackyard/core/click/decide.ts'
import { makeBundle, makeClick } from '@trackyard/core/click/fixtures.ts'
import { campaign, offers, streams } from './lib/eight-streams.ts'
import { type Benchmark, rounded } from './lib/report.ts'
import { median } from './lib/rounds.ts'

const BATCH = 1000
const CLICKS = 1024
/** Longest chain of filters: nobody but the default stream takes this visitor. */
const WORST = makeClick({ geo: { country: 'CN' }, device: { type: 'tv' } })

/** decide() alone, on the campaign of the redirect benchmark: time for a call, and what a million calls leave behind. */
export const decide: Benchmark = {
  name: 'decide',
  about: 'decide() alone',
  async run({ small }) {
    const calls = small ? 20_000 : 1_000_000
    const bundle = makeBundle({
      campaign: { ...campaign, id: 1 },
      streams: streams(1, [1, 2, 3, 4, 5, 6, 7, 8]),
      offers,
    })
    const compiled = compileCampaign(bundle)
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems))
    const mixed = Array.from({ length: CLICKS }, (_, nr) => makeMixedClick(nr))
    const time = (clicks: readonly Click[]): number => {
      const batches: number[] = []
      for (let done = 0; done < calls; done += BATCH) {
        const startedAt = performance.now()
        for (let nr = 0; nr < BATCH; nr++)
          sink += decideClick(compiled.value, pick(clicks, done + nr), visitorOf(nr)).trace.length
        batches.push(((performance.now() - startedAt) * 1000) / BATCH)
      }
      return median(batches)
    }
    let sink = 0
    time(mixed)
    const heapBefore = heapMb()
    const mixedMicros = time(mixed)
    const heapAfter = heapMb()
    const worstMicros = time([WORST])
    if (sink === 0) throw new Error('no stream was tried')
    return {
      title: 'decide() alone',
      tables: [
        {
          about: `Campaign of eight streams, ${calls} calls, median of batches of ${BATCH}.`,
          lines: [
            { clicks: 'mixed traffic', 'µs / call': rounded(mixedMicros) },
            { clicks: 'every stream refuses but the last', 'µs / call': rounded(worstMicros) },
          ],
        },
      ],
      budgets: [
        { what: 'µs a call, worst case', measured: rounded(worstMicros), limit: 10, kept: 'at most' },
        {
          what: `heap growth over ${calls} calls, MB`,
          measured: rounded(heapAfter - heapBefore, 2),
          limit: 1,
          kept: 'at most',
        },
      ],
    }
  },
}

const COUNTRIES = ['US', 'DE', 'IN', 'BR', 'CN', 'NG', 'PL']
const TYPES = ['mobile', 'desktop', 'tablet', 'tv']

const makeMixedClick = (nr: number): Click =>
  makeClick({
    roll: Math.imul(nr + 1, 2_654_435_769) >>> 0,
    isBot: nr % 25 === 0,
    geo: { country: COUNTRIES[nr % COUNTRIES.length] ?? '' },
    device: {
      type: TYPES[nr % TYPES.length] ?? '',
      os: nr % 2 ? 'Android' : 'iOS',
      browser: nr % 3 ? 'Chrome' : 'Firefox',
    },
  })

const NEW: VisitorState = visitor(true)
const KNOWN: VisitorState = visitor(false)
const visitorOf = (nr: number): VisitorState => (nr % 3 === 0 ? KNOWN : NEW)

function visitor(isNew: boolean): VisitorState {
  return {
    isUniqueCampaign: isNew,
    isUniqueGlobal: isNew,
    seenStreams: new Set(isNew ? [] : [2, 5]),
    limits: new Map(),
    binding: null,
  }
}

function pick(clicks: readonly Click[], nr: number): Click {
  const click = clicks[nr % clicks.length]
  if (!click) throw new Error('there are no clicks')
  return click
}

/** Live heap: what is left after a full collection. */
function heapMb(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed / 1e6
}
