import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createTurn, type Later } from './turn.ts'

const STEPS = ['route', 'read', 'decide', 'record', 'write'] as const
type Step = (typeof STEPS)[number]

/** A turn whose end is the test's to choose. */
function turnByHand() {
  const due: (() => void)[] = []
  const later = createTurn((run) => due.push(run))
  return { later, due, end: () => due.shift()?.() }
}

describe('a turn of the event loop', () => {
  it('takes all visits through a step before the next, first come first', () => {
    const { later, end } = turnByHand()
    const done: string[] = []
    for (const name of ['a', 'b', 'c']) {
      later('route', () => {
        done.push(`${name} routed`)
        later('read', () => {
          done.push(`${name} read`)
          later('decide', () => done.push(`${name} decided`))
        })
      })
    }
    assert.deepEqual(done, [], 'nothing before the turn ends')
    end()
    assert.equal(
      done.join(', '),
      'a routed, b routed, c routed, a read, b read, c read, a decided, b decided, c decided',
    )
  })

  it('leaves work for a step that is over to the next turn', () => {
    const { later, due, end } = turnByHand()
    const done: string[] = []
    later('write', () => {
      done.push('write')
      later('read', () => done.push('read'))
    })
    end()
    assert.deepEqual([done, due.length], [['write'], 1])
    end()
    assert.deepEqual([done, due.length], [['write', 'read'], 0])
  })

  interface Work {
    readonly step: Step
    readonly brings: readonly Work[]
  }
  const work: fc.Memo<Work> = fc.memo((depth) =>
    fc.record({
      step: fc.constantFrom(...STEPS),
      brings: depth > 1 ? fc.array(work(depth - 1), { maxLength: 3 }) : fc.constant([]),
    }),
  )
  const count = ({ brings }: Work): number => brings.reduce((sum, one) => sum + count(one), 1)
  const order = (later: Later, all: readonly Work[], done: Work[]): void => {
    for (const one of all)
      later(one.step, () => {
        done.push(one)
        order(later, one.brings, done)
      })
  }

  it('does all work once, however one brings another, and within a turn never goes back a step', () => {
    fc.assert(
      fc.property(fc.array(work(4), { maxLength: 6 }), (all) => {
        const { later, due, end } = turnByHand()
        const done: Work[] = []
        order(later, all, done)
        while (due.length > 0) {
          assert.equal(due.length, 1, 'one turn at a time')
          const before = done.length
          end()
          const steps = done.slice(before).map(({ step }) => STEPS.indexOf(step))
          assert.deepEqual(
            steps,
            steps.toSorted((a, b) => a - b),
          )
        }
        assert.equal(
          done.length,
          all.reduce((sum, one) => sum + count(one), 0),
        )
        assert.equal(new Set(done).size, done.length)
      }),
    )
  })
})
