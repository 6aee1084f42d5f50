import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { createMemoryEvents } from '../../stores/events/memory.ts'
import { withSweeps } from '../../stores/events/with-sweeps.ts'
import { happening, termsArbitrary } from './cost-history.ts'
import { expected, found, tell } from './cost-world.ts'

it('what clicks cost equals a naive count at every moment, while changes of many are carried out and interrupted', async () => {
  // Long histories: the shorter ones of the default hardly ever let two things happen to one click.
  const histories = fc.array(happening, { minLength: 3, maxLength: 60, size: 'max' })
  await fc.assert(
    fc.asyncProperty(histories, termsArbitrary, async (history, terms) => {
      const store = createMemoryEvents()
      const seen = new Set<string>()
      await tell(history, terms, store, async (naive, sweeps) => {
        for (const { subId } of naive.clicks) seen.add(subId)
        assert.deepEqual(
          await found(
            naive,
            withSweeps(store, () => sweeps),
            [...seen],
          ),
          expected(naive),
        )
        assert.deepEqual(store.oddStates(), [])
      })
    }),
    { numRuns: 150 },
  )
})
