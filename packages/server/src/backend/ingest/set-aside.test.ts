import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RefusedRows, TooMuchAtOnce } from '../../stores/events/port.ts'
import { insertOrSetAside, setAsideInto, tidySetAside } from './set-aside.ts'

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

  it('are kept for 30 days, and those of erased clicks no longer', () => {
    const dir = mkdtempSync(join(tmpdir(), 'trackyard-aside-'))
    const path = join(dir, 'rejected.ndjson')
    const day = 86_400_000
    let nowMs = Date.UTC(2026, 1, 3)
    tidySetAside(path, nowMs)
    const setAside = setAsideInto(path, () => nowMs)
    setAside(['of somebody'], 'old')
    nowMs += 29 * day
    setAside(['about abc'], 'new')
    setAside(['about abd'], 'new')
    tidySetAside(path, nowMs)
    assert.match(readFileSync(path, 'utf8'), /old.*abc.*abd/s)
    tidySetAside(path, nowMs + day, ['abc'])
    assert.equal(
      readFileSync(path, 'utf8').trim(),
      JSON.stringify({ at: '2026-03-04T00:00:00.000Z', reason: 'new', lines: ['about abd'] }),
    )
    assert.equal(statSync(path).mode & 0o777, 0o600)
    rmSync(dir, { recursive: true })
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
