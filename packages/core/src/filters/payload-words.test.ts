import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { describeComparison } from './describe.ts'

const wantedBy = (name: string, payload: unknown, mode: 'accept' | 'reject' = 'accept'): string =>
  describeComparison({ name, mode, payload }, () => undefined).wanted

describe('what a filter asks for, in words', () => {
  const cases: readonly [name: string, payload: unknown, words: string][] = [
    ['country', ['US', 'CA'], 'US or CA'],
    ['keyword', ['a*'], 'a*'],
    ['parameter', { name: 'page', value: ['/a*', '/b'] }, 'page to be /a* or /b'],
    ['parameter', { name: 'page', values: '*' }, 'page to be *'],
    [
      'interval',
      { timezone: 'UTC', from: '2031-01-01 00:00', to: '2031-01-31' },
      'from 2031-01-01 00:00 to 2031-01-31 (UTC)',
    ],
    ['interval', { timezone: 'Asia/Tokyo', to: '2031-01-31' }, 'to 2031-01-31 (Asia/Tokyo)'],
    [
      'schedule',
      {
        timezone: 'Europe/Berlin',
        items: [
          { days: [1, '2'], from: '09:00', to: '18:00' },
          { days: [7], from: '22:00', to: '02:00' },
        ],
      },
      'Mon, Tue 09:00 to 18:00; Sun 22:00 to 02:00 (Europe/Berlin)',
    ],
    // Stored before they were checked.
    ['schedule', { items: 'always' }, ' (UTC)'],
    ['schedule', ['x'], 'x'],
    ['parameter', null, 'null'],
  ]
  for (const [name, payload, words] of cases)
    it(`${name} ${JSON.stringify(payload)}`, () => {
      assert.equal(wantedBy(name, payload), words)
      assert.equal(wantedBy(name, payload, 'reject'), `anything but ${words}`)
    })
  it('is never longer than people read', () => {
    const items = Array.from({ length: 100 }, () => ({ days: [1], from: '09:00', to: '10:00' }))
    assert.ok(wantedBy('schedule', { items }).length < 310)
    assert.equal(
      wantedBy(
        'keyword',
        Array.from({ length: 50 }, (_, i) => `k${i}`),
      )
        .split(' ')
        .at(-2),
      '40',
    )
  })
})
