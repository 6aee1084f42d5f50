import { dayText } from '@trackyard/core/currency/codes.ts'
import { type Exchange, unknownCurrency } from '@trackyard/core/currency/exchange.ts'
import { fail, ok, problem } from '@trackyard/core/result.ts'
import { administrators } from '../auth/access.ts'
import { readInput } from '../http/read-input.ts'
import { inChange } from '../resources/save.ts'
import { idOf, type Route } from '../route.ts'
import { LEAD_MS } from './bases.ts'
import { codeOf, noCurrency, overrideAnswer, overrideFields, shownOverride } from './fields.ts'

/** A rate that is further from the published one than this is more often a slip than meant. */
const SUSPICIOUS = 1.5

export const setRateRoute: Route = {
  method: 'POST',
  path: '/currencies/:code/rates',
  description:
    'Set a rate by hand, for a day, a stretch of days or from a day on; it goes before published rates. It is used within a second for what happens then; what was converted before keeps its rate.',
  access: administrators('write'),
  accepts: overrideFields,
  example: { rate: 1.1, quote: 'USD' },
  answers: overrideAnswer,
  async handle(request, backend) {
    const currency = codeOf(request)
    const read = readInput(overrideFields, request.input)
    if (!read.ok) return read
    if (currency === null) return noCurrency(request)
    return inChange(backend, request, async ({ writer, exchange, nowMs, hint }) => {
      const { rate, quote = exchange.base, date, from = date ?? dayText(nowMs), to = date ?? null } = read.value
      if (quote === currency)
        return fail(problem('validation', `must be another currency than ${currency}, whose rate it is`, 'quote'))
      if (to !== null && to < from) return fail(problem('validation', `must not be before ${from}`, 'to'))
      if (quote !== exchange.base && exchange.book.rate(quote, exchange.base, nowMs) === null) {
        const unknown = `${quote} ${unknownCurrency(quote, exchange.book)}`
        return fail(problem('validation', `${unknown}, so nothing can be worked out from it`, 'quote'))
      }
      const override = { currency, quote, rate, fromDay: from, toDay: to }
      for (const sentence of doubtsOf(override, exchange, nowMs)) hint(sentence)
      const set = await writer.addOverride({ ...override, knownFromMs: nowMs + LEAD_MS, knownUntilMs: null })
      return ok(shownOverride(set))
    })
  },
}

export const withdrawRoute: Route = {
  method: 'DELETE',
  path: '/currencies/overrides/:id',
  description: 'Withdraw a rate that was set by hand; what was converted with it stays as it is',
  access: administrators('write'),
  answers: overrideAnswer,
  handle: (request, backend) =>
    inChange(backend, request, async ({ writer, nowMs }) => {
      const id = idOf(request)
      const found = (await writer.listOverrides()).find((one) => one.id === id)
      if (!found) return fail(problem('not_found', `There is no rate ${id === 0 ? 'with this id' : id} set by hand.`))
      return ok(shownOverride(found.knownUntilMs === null ? await writer.endOverride(id, nowMs + LEAD_MS) : found))
    }),
}

interface Given {
  readonly currency: string
  readonly quote: string
  readonly rate: number
  readonly fromDay: string
}

function doubtsOf({ currency, quote, rate, fromDay }: Given, { book }: Exchange, nowMs: number): string[] {
  const doubts: string[] = []
  const published = book.rate(currency, quote, nowMs)
  if (published === null) {
    const unknown = unknownCurrency(currency, book)
    if (unknown.includes('did you mean')) doubts.push(`code: until now ${currency} ${unknown}`)
  } else if (rate / published.rate > SUSPICIOUS || published.rate / rate > SUSPICIOUS) {
    doubts.push(
      `rate: 1 ${currency} was worth ${published.rate} ${quote} until now. If you meant 1 ${quote} = ${rate} ${currency}, send ${Number((1 / rate).toPrecision(6))}.`,
    )
  }
  if (fromDay < dayText(nowMs))
    doubts.push(
      `from: what was converted already keeps its rate; the new one is for amounts that come later and are dated ${fromDay} or after.`,
    )
  return doubts
}
