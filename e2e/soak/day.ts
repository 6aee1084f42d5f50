import { createHttpSession } from '../../packages/server/src/simulate/http-session.ts'
import { loadPeople } from '../../packages/server/src/simulate/people.ts'
import { createRandom } from '../../packages/server/src/simulate/random.ts'
import { noTotals, type Session, type Totals, tellStory } from '../../packages/server/src/simulate/story.ts'
import { POSTBACK_KEY } from '../harness.ts'

export interface Day {
  readonly totals: Totals
  /** Each request that failed, and how. */
  readonly failed: readonly string[]
  /** Hours that have passed, from 0 to `HOURS_IN_ALL`. */
  hour(): number
  /** Resolves when the day is over and everybody's story is told. */
  readonly isOver: Promise<void>
}

export interface DayOptions {
  readonly base: URL
  readonly aliases: readonly [string, ...string[]]
  readonly seed: number
  /** What the day and the evening after it are pressed into. */
  readonly durationMs: number
  /** Stories begun a second, on average over the day; 0: as many as are answered. */
  readonly rate: number
}

/** Traffic of a day, hour by hour, where 1 is the average: quiet nights, busy evenings. */
const HOURS = [3, 2, 1, 1, 1, 2, 4, 6, 8, 9, 10, 10, 11, 11, 10, 10, 11, 12, 14, 16, 17, 15, 11, 6].map(
  (weight, _, all) => (weight * 24) / all.reduce((sum, one) => sum + one, 0),
)
/** An evening, a whole day after it begins, and the same evening hours again: what is held after a day is set beside what was held before. */
export const FIRST_HOUR = 18
export const EVENING_HOURS = 3
export const HOURS_IN_ALL = 24 + EVENING_HOURS
const HOUR_MS = 3_600_000
const TICK_MS = 5
const SOCKETS = 64
/** Requests under way at once in an average hour when the server sets the pace. */
const AT_ONCE = 24
/** Stories begun in one go, so that answers are read in between. */
const MAX_BURST = 64

/**
 * Visitors of a whole day, pressed into minutes: they come by the time of day, press on after seconds, come back after
 * hours and convert late by up to days, all of it by the simulated clock. What would happen after the end of the day
 * happens right at its end.
 */
export function simulateDay({ base, aliases, seed, durationMs, rate }: DayOptions): Day {
  const random = createRandom(seed)
  const people = loadPeople(random)
  const http = createHttpSession(base, { speed: 1, longestMs: 0 }, SOCKETS)
  const totals = noTotals()
  const failed: string[] = []
  const startedAt = performance.now()
  const passed = (): number => (performance.now() - startedAt) / durationMs
  const hour = (): number => Math.min(HOURS_IN_ALL, passed() * HOURS_IN_ALL)
  const waiting = new Map<NodeJS.Timeout, () => void>()
  let inFlight = 0
  let begun = 0
  let due = 0

  const session: Session = {
    async request(path, as, cookies) {
      inFlight++
      try {
        const answer = await http.request(path, as, cookies)
        if (answer.status === 0 || answer.status >= 400) failed.push(`${path}: ${answer.status || answer.body}`)
        return answer
      } finally {
        inFlight--
      }
    },
    wait: (ms) =>
      new Promise((resolve) => {
        if (passed() >= 1) return resolve()
        const timer = setTimeout(
          () => {
            waiting.delete(timer)
            resolve()
          },
          ms * (durationMs / (HOURS_IN_ALL * HOUR_MS)),
        )
        waiting.set(timer, resolve)
      }),
  }
  const story = { session, aliases, postbackKey: POSTBACK_KEY, totals }

  const isOver = new Promise<void>((resolve, reject) => {
    const stories = new Set<Promise<void>>()
    const begin = (): void => {
      const own = random.fork(begun++)
      const telling = tellStory(people.next(own), own, story)
        .catch(reject)
        .finally(() => stories.delete(telling))
      stories.add(telling)
    }
    let tickedAt = startedAt
    const tick = setInterval(() => {
      const weight = HOURS[(FIRST_HOUR + Math.floor(hour())) % 24] ?? 0
      const now = performance.now()
      due += rate * weight * ((now - tickedAt) / 1000)
      tickedAt = now
      const room = Math.min(MAX_BURST, rate > 0 ? Math.floor(due) : Math.ceil(AT_ONCE * weight) - inFlight)
      if (rate > 0) due -= Math.max(0, room)
      for (let count = 0; count < room; count++) begin()
      if (passed() < 1) return
      clearInterval(tick)
      for (const [timer, goOn] of waiting) {
        clearTimeout(timer)
        goOn()
      }
      void Promise.all(stories).then(() => {
        http.close()
        resolve()
      }, reject)
    }, TICK_MS)
  })
  return { totals, failed, hour, isOver }
}
