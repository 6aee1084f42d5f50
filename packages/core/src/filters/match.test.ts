import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { compileIpMatcher, parseIp } from './ip-match.ts'
import { compileTextMatcher, compileVersionMatcher } from './match.ts'

function matcher(...patterns: string[]): (text: string) => boolean {
  const made = compileTextMatcher(patterns)
  assert.ok(made.ok, JSON.stringify(made))
  return made.value
}

describe('texts', () => {
  test('a mask means the same as its regular expression', () => {
    const letters = fc
      .array(fc.constantFrom('a', 'b', '*'), { minLength: 1, maxLength: 8 })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(
        letters,
        letters.map((text) => text.replaceAll('*', 'c')),
        (mask, text) => {
          assert.equal(matcher(mask)(text), new RegExp(`^${mask.replaceAll('*', '.*')}$`).test(text))
        },
      ),
      { numRuns: 2000 },
    )
  })
  test('signs that mean something in regular expressions are plain in values', () => {
    fc.assert(
      fc.property(
        fc
          .string({ minLength: 1 })
          .filter((text) => text.trim() !== '' && !text.includes('*') && !text.startsWith('/')),
        (text) => {
          assert.equal(matcher(text)(text), true)
        },
      ),
    )
  })
  test('no pattern hangs on no text', () => {
    const long = `${'a'.repeat(100_000)}!`
    for (const pattern of ['/(a+)+$/', '/^(a|aa)+$/', '/(a|a)*b/', '/(.*a){20}$/', '*a*a*a*a*a*a*a*b', '/(x+x+)+y/']) {
      const matches = matcher(pattern)
      const before = process.threadCpuUsage()
      assert.equal(matches(long), false, pattern)
      // Linear engines need milliseconds; backtracking ones would need more than the age of the universe.
      const { user } = process.threadCpuUsage(before)
      assert.ok(user < 3_000_000, `${pattern} took ${user / 1000} ms`)
    }
  })
  test('versions begin with whole parts', () => {
    const matches = compileVersionMatcher(['10.2', '14'])
    assert.deepEqual(['10.2', '10.2.9', '14.0.1', '10.20', '10', '1', '', '140'].map(matches), [
      true,
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ])
  })
})

describe('addresses', () => {
  test('every way of writing one IPv6 address is that address', () => {
    const same = [
      '2001:db8::1',
      '2001:DB8:0:0:0:0:0:1',
      '2001:db8:0::0:1',
      '2001:db8::0.0.0.1',
      '2001:db8::1%eth0',
    ].map((text) => parseIp(text))
    for (const ip of same) assert.deepEqual(ip, same[0])
  })
  test('text that is no address is none', () => {
    for (const text of [
      '',
      '1.2.3',
      '1.2.3.4.5',
      '1.2.3.256',
      '1..2.3',
      '1.2.3.',
      ':',
      ':::',
      '1::2::3',
      '12345::',
      '1:2:3:4:5:6:7',
      'a.b.c.d',
      '1.2.3.4 ',
    ])
      assert.equal(parseIp(text), null, text)
  })
  test('sorted and merged intervals hold what the single ones hold', () => {
    const octet = fc.nat(40)
    const spans = fc.array(
      fc.tuple(octet, octet).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
      { minLength: 1, maxLength: 6 },
    )
    fc.assert(
      fc.property(spans, octet, fc.constantFrom('10.0.0.', '2001:db8::'), (ranges, last, prefix) => {
        const write = (value: number): string => prefix + (prefix.includes(':') ? value.toString(16) : value)
        const made = compileIpMatcher(ranges.map(([from, to]) => `${write(from)}-${write(to)}`))
        assert.ok(made.ok)
        assert.equal(
          made.value(write(last)),
          ranges.some(([from, to]) => last >= from && last <= to),
        )
      }),
    )
  })
  test('no text crashes it', () => {
    const made = compileIpMatcher(['0.0.0.0/0', '::/0'])
    assert.ok(made.ok)
    fc.assert(fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (text) => void made.value(text)))
    fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => assert.equal(made.value(text), true)))
    fc.assert(fc.property(fc.string(), (text) => void compileIpMatcher([text])))
  })
})
