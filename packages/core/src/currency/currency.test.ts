import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { microsToDecimal, parseMoney } from '../money.ts'
import { openExchange } from './exchange.ts'
import { openRateBook, type PublishedDay, type RateOverride } from './rate-book.ts'

const DAY_MS = 86_400_000
const at = (day: string): number => Date.parse(`${day}T12:00:00Z`)

/** What the bank had published in the golden cases, all of it known when the day had come. */
const PUBLISHED: readonly PublishedDay[] = [
  { day: '2026-01-02', perEuro: { USD: 1.05, GBP: 0.84 }, knownFromMs: 0 },
  { day: '2026-02-04', perEuro: { USD: 1.1, GBP: 0.8 }, knownFromMs: 0 },
  { day: '2026-02-06', perEuro: { USD: 1.12, GBP: 0.8 }, knownFromMs: 0 },
]

const manual = z.object({
  currency: z.string(),
  quote: z.string(),
  rate: z.number(),
  from: z.string(),
  to: z.string().optional(),
})
const cases = z
  .array(
    z.object({
      name: z.string(),
      base: z.string(),
      amount: z.string(),
      currency: z.string(),
      day: z.string(),
      manual: z.array(manual).default([]),
      is: z.string(),
      rate: z.number().nullable(),
      warning: z.string().nullable().default(null),
    }),
  )
  .parse(JSON.parse(readFileSync(new URL('../../cases/currencies.json', import.meta.url), 'utf8')))

const overrides = (list: readonly z.output<typeof manual>[]): RateOverride[] =>
  list.map(({ from, to = null, ...one }, index) => ({
    ...one,
    fromDay: from,
    toDay: to,
    knownFromMs: index,
    knownUntilMs: null,
  }))

const micros = (text: string): number => {
  const read = parseMoney(text)
  assert.ok(read !== null)
  return read
}

describe('amounts in other currencies', () => {
  for (const one of cases) {
    it(one.name, () => {
      const book = openRateBook(PUBLISHED, overrides(one.manual))
      const exchange = openExchange(book, [{ currency: one.base, sinceMs: 0 }])
      const money = exchange.toBase(at(one.day)).read(micros(one.amount), one.currency)
      assert.equal(microsToDecimal(money.micros), one.is)
      assert.equal(money.original?.rate ?? null, one.rate)
      assert.equal(money.warning, one.warning)
      const original = { micros: micros(one.amount), currency: one.currency, rate: one.rate }
      assert.deepEqual(money.original, one.rate === null ? null : original)
    })
  }

  it('are converted into the base currency of their time, whatever it became later', () => {
    const bases = [
      { currency: 'USD', sinceMs: 0 },
      { currency: 'EUR', sinceMs: at('2026-02-05') },
    ]
    const exchange = openExchange(openRateBook(PUBLISHED), bases)
    assert.deepEqual([exchange.first, exchange.base], ['USD', 'EUR'])
    assert.deepEqual(exchange.toBase(at('2026-02-04')).read(1_000_000, ''), {
      micros: 1_000_000,
      original: null,
      warning: null,
    })
    assert.equal(exchange.toBase(at('2026-02-04')).currency, 'USD')
    assert.equal(exchange.toBase(at('2026-02-06')).currency, 'EUR')
    assert.equal(exchange.into('USD', at('2026-02-06')).read(1_000_000, '').micros, 1_120_000)
  })

  it('that would not be exact any more are kept as numbers, with a warning', () => {
    const book = openRateBook([{ day: '2026-01-01', perEuro: { IDR: 20_000 }, knownFromMs: 0 }])
    const money = openExchange(book, [{ currency: 'IDR', sinceMs: 0 }]).toBase(at('2026-02-04'))
    assert.match(money.read(999_999_999_000_000, 'EUR').warning ?? '', /EUR is too much in IDR/)
  })

  it('have rates of every former currency of the euro area, but before it joined those of the bank', () => {
    const book = openRateBook([{ day: '2025-12-30', perEuro: { BGN: 1.9, USD: 1 }, knownFromMs: 0 }])
    const rateOf = (day: string) => book.rate('EUR', 'BGN', at(day))?.rate
    assert.deepEqual([rateOf('2025-12-31'), rateOf('2026-01-01')], [1.9, 1.95583])
    for (const code of openRateBook([]).currencies) assert.ok(openRateBook([]).rate(code, 'EUR', 0), code)
  })

  it('set by hand both ways count once, the one set last: there and back is the same amount', () => {
    const older = { currency: 'GBP', quote: 'USD', rate: 1.3, from: '2026-01-01' }
    const newer = { currency: 'USD', quote: 'GBP', rate: 0.8, from: '2026-01-03' }
    const book = openRateBook(PUBLISHED, overrides([older, newer]))
    const rateOf = (from: string, to: string, day: string): number | undefined => book.rate(from, to, at(day))?.rate
    assert.equal(rateOf('GBP', 'USD', '2026-01-02'), 1.3)
    assert.equal(rateOf('USD', 'GBP', '2026-02-04'), 0.8)
    assert.equal(rateOf('GBP', 'USD', '2026-02-04'), 1.25)
  })

  it('set by hand both ways leave a currency that nobody publishes its rates', () => {
    const older = { currency: 'UAH', quote: 'USD', rate: 0.024, from: '2026-01-01' }
    const newer = { currency: 'USD', quote: 'UAH', rate: 40, from: '2026-01-01' }
    const book = openRateBook(PUBLISHED, overrides([older, newer]))
    const dollar = openRateBook(PUBLISHED).rate('USD', 'GBP', at('2026-02-04'))?.rate ?? Number.NaN
    assert.equal(book.rate('USD', 'GBP', at('2026-02-04'))?.rate, dollar)
    assert.equal(book.rate('UAH', 'GBP', at('2026-02-04'))?.rate, Number((dollar / 40).toPrecision(12)))
  })

  it('set by hand that lead to no published rate lead nowhere', () => {
    const book = openRateBook(PUBLISHED, overrides([{ currency: 'AAA', quote: 'BBB', rate: 2, from: '2026-01-01' }]))
    assert.equal(book.rate('AAA', 'BBB', at('2026-02-04'))?.rate, 2)
    assert.equal(book.rate('AAA', 'USD', at('2026-02-04')), null)
  })
})

const rate = fc.double({ min: 0.0001, max: 20_000, noNaN: true })
const codes = ['USD', 'GBP', 'JPY', 'UAH', 'DEM', 'EUR'] as const
const code = fc.constantFrom(...codes)
const dayNumber = fc.integer({ min: 0, max: 40 })
const START = at('2026-01-01')
const dayOf = (number: number): string => new Date(START + number * DAY_MS).toISOString().slice(0, 10)
const history = fc.record({
  published: fc.array(
    fc.record({
      day: dayNumber.map(dayOf),
      perEuro: fc.record({ USD: rate, GBP: rate, JPY: rate }, { requiredKeys: [] }),
      knownFromMs: fc.nat(40 * DAY_MS).map((ms) => START + ms),
    }),
    { maxLength: 12 },
  ),
  overrides: fc.array(
    fc.record({
      currency: fc.constantFrom('UAH', 'GBP', 'USD'),
      quote: fc.constantFrom('USD', 'EUR', 'GBP'),
      rate,
      fromDay: dayNumber.map(dayOf),
      toDay: fc.option(dayNumber.map(dayOf)),
      knownFromMs: fc.nat(40 * DAY_MS).map((ms) => START + ms),
      knownUntilMs: fc.option(fc.nat(60 * DAY_MS).map((ms) => START + ms)),
    }),
    { maxLength: 4 },
  ),
})
type History = Readonly<{ published: readonly PublishedDay[]; overrides: readonly RateOverride[] }>
const bookOf = ({ published, overrides }: History) => openRateBook(published, overrides)

describe('a rate book', () => {
  it('converts there and back to the same amount, but for what a micro is worth', () =>
    fc.assert(
      fc.property(history, code, code, fc.nat(10_000_000_000), dayNumber, (known, from, to, amount, day) => {
        const book = bookOf(known)
        const atMs = START + day * DAY_MS
        const there = book.rate(from, to, atMs)
        const back = book.rate(to, from, atMs)
        assert.equal(there === null, back === null)
        if (!there || !back) return
        assert.ok(Math.abs(there.rate * back.rate - 1) < 1e-10, `${there.rate} × ${back.rate}`)
        const exchange = openExchange(book, [{ currency: to, sinceMs: 0 }])
        const converted = exchange.toBase(atMs).read(amount, from)
        if (converted.warning !== null) return
        const returned = exchange.into(from, atMs).read(converted.micros, to).micros
        // Half a micro of the other currency is lost at most, and what twelve digits of the rates leave open.
        assert.ok(Math.abs(returned - amount) <= 0.5 * back.rate + amount * 1e-10 + 1, `${amount} → ${returned}`)
      }),
      { numRuns: 1000 },
    ))

  it('loses no rate by one that is set by hand', () =>
    fc.assert(
      fc.property(history, code, code, dayNumber, (known, from, to, day) => {
        const [before, after] = [bookOf({ ...known, overrides: [] }), bookOf(known)]
        const atMs = START + day * DAY_MS
        assert.ok(before.rate(from, to, atMs) === null || after.rate(from, to, atMs) !== null)
      }),
      { numRuns: 1000 },
    ))

  it('gives the same answer to the same question, whatever is learned later', () =>
    fc.assert(
      fc.property(history, history, code, code, dayNumber, fc.nat(40 * DAY_MS), (known, later, from, to, day, now) => {
        const askedAtMs = START + now
        const delayed = {
          published: later.published.map((one) => ({ ...one, knownFromMs: askedAtMs + 1 + one.knownFromMs - START })),
          overrides: later.overrides.map((one) => ({ ...one, knownFromMs: askedAtMs + 1 + one.knownFromMs - START })),
        }
        const both = {
          published: [...known.published, ...delayed.published],
          overrides: [...known.overrides, ...delayed.overrides],
        }
        const atMs = START + day * DAY_MS
        assert.deepEqual(bookOf(both).rate(from, to, atMs, askedAtMs), bookOf(known).rate(from, to, atMs, askedAtMs))
      }),
      { numRuns: 1000 },
    ))

  it('does not depend on the order in which rates are listed', () =>
    fc.assert(
      fc.property(history, code, code, dayNumber, (known, from, to, day) => {
        const distinct = new Map(known.published.map((one) => [`${one.day} ${one.knownFromMs}`, one]))
        const published = [...distinct.values()]
        const atMs = START + day * DAY_MS
        const asked = (list: readonly PublishedDay[]) => openRateBook(list).rate(from, to, atMs)
        assert.deepEqual(asked(published.toReversed()), asked(published))
      }),
    ))
})
