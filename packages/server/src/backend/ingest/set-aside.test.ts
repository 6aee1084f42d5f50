import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RefusedRows, TooMuchAtOnce } from '../../stores/events/port.ts'
import { insertOrSetAside } from './set-aside.ts'

describe('rows the store refuses', () => {
  it('are set aside, every other row is stored once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 60 }), async (good) => {
        const units = good.map((isGood, index) => [`${isGood ? 'good' : 'bad'} ${index} a`, `${index} b`])
        const stored: string[] = []
        const aside: string[] = []
        const insert = async (lines: readonly string[]): Promise<void> => {
          if (lines.some((line) => line.startsWith('bad'))) throw new RefusedRows('no')
          stored.push(...lines)
        }
        await insertOrSetAside(units, insert, (lines) => aside.push(...lines))
        assert.deepEqual(stored, units.filter((_, index) => good[index]).flat())
        assert.deepEqual(aside, units.filter((_, index) => !good[index]).flat())
      }),
    )
  })

  it('a store that cannot be reached sets nothing aside', async () => {
    const aside: string[] = []
    await assert.rejects(
      insertOrSetAside(
        [['a']],
        () => Promise.reject(new Error('down')),
        (lines) => aside.push(...lines),
      ),
    )
    assert.deepEqual(aside, [])
  })

  it('what is too much at once is stored in smaller pieces, in order; what is little waits', async () => {
    const stored: string[] = []
    const insert = async (lines: readonly string[]): Promise<void> => {
      if (lines.length > 700) throw new TooMuchAtOnce('no memory')
      stored.push(...lines)
    }
    const units = Array.from({ length: 5000 }, (_, index) => [String(index)])
    await insertOrSetAside(units, insert, () => assert.fail('nothing is refused'))
    assert.deepEqual(stored, units.flat())
    const never = (): Promise<void> => Promise.reject(new TooMuchAtOnce('no memory'))
    await assert.rejects(
      insertOrSetAside(units, never, () => assert.fail('nothing is refused')),
      TooMuchAtOnce,
    )
  })
})
