import { loadPeople } from './people.ts'
import { createRandom } from './random.ts'
import { noTotals, type Session, type Totals, tellStory } from './story.ts'

export interface RunOptions {
  readonly session: Session
  readonly aliases: readonly [string, ...string[]]
  readonly postbackKey: string
  readonly visitors: number
  readonly seed: number
  /** Stories going on at once. */
  readonly concurrency: number
  /** See StoryDeps. */
  readonly tag?: string
  onProgress?(done: number, totals: Totals): void
}

/** Tells the stories of that many visitors and answers what was sent. */
export async function runStories(options: RunOptions): Promise<Totals> {
  const random = createRandom(options.seed)
  const people = loadPeople(random)
  const totals = noTotals()
  const { session, aliases, postbackKey, tag = '' } = options
  const deps = { session, aliases, postbackKey, tag, totals }
  let started = 0
  let done = 0
  const worker = async (): Promise<void> => {
    while (started < options.visitors) {
      const own = random.fork(started++)
      await tellStory(people.next(own), own, deps)
      options.onProgress?.(++done, totals)
    }
  }
  await Promise.all(Array.from({ length: Math.min(options.concurrency, options.visitors) }, worker))
  return totals
}
