import { dayText } from '@trackyard/core/currency/codes.ts'
import type { Exchange } from '@trackyard/core/currency/exchange.ts'
import { fail, ok, problem } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { administrators, everyone } from '../auth/access.ts'
import type { Backend } from '../context.ts'
import { readInput } from '../http/read-input.ts'
import { inChange } from '../resources/save.ts'
import type { ApiRequest, Route } from '../route.ts'
import { fetchRates } from './fetch-rates.ts'
import {
  codeOf,
  currencyAnswer,
  dayAnswer,
  historyFields,
  importAnswer,
  importFields,
  listFields,
  nameOf,
  noCurrency,
  overrideAnswer,
  shownOverride,
} from './fields.ts'
import { setRateRoute, withdrawRoute } from './override-routes.ts'
import { addNewRates, newestDay, readRateFile } from './rate-files.ts'

const DAY_MS = 86_400_000
const DAYS_SHOWN = 30
const MAX_DAYS_SHOWN = 400

const dayMs = (day: string): number => Date.parse(`${day}T00:00:00Z`)

const listRoute: Route = {
  method: 'GET',
  path: '/currencies',
  description: 'Currencies, and what one unit of each is worth in the base currency',
  access: everyone('read'),
  accepts: listFields,
  answers: z.array(currencyAnswer),
  async handle({ input }, { currencies, clock }) {
    const read = readInput(listFields, input)
    if (!read.ok) return read
    const exchange = await currencies.exchange()
    const nowMs = clock.nowMs()
    const atMs = read.value.date === undefined ? nowMs : dayMs(read.value.date)
    const codes = new Set([...exchange.book.currencies, exchange.base])
    return ok([...codes].sort().map((code) => shownCurrency(code, exchange, atMs, nowMs)))
  },
}

function shownCurrency(code: string, exchange: Exchange, atMs: number, nowMs: number): z.input<typeof currencyAnswer> {
  const found = exchange.book.rate(code, exchange.base, atMs, nowMs)
  return {
    code,
    name: nameOf(code),
    rate: found?.rate ?? null,
    date: found?.day || null,
    source: found?.source ?? null,
    is_base: code === exchange.base,
  }
}

const historyRoute: Route = {
  method: 'GET',
  path: '/currencies/:code/rates',
  description: 'What a currency was worth in the base currency, day by day, as far as is known now',
  access: everyone('read'),
  accepts: historyFields,
  answers: z.array(dayAnswer),
  async handle(request, { currencies, clock }) {
    const code = codeOf(request)
    const read = readInput(historyFields, request.input)
    if (!read.ok) return read
    if (code === null) return noCurrency(request)
    const nowMs = clock.nowMs()
    const lastMs = dayMs(read.value.to ?? dayText(nowMs))
    const firstMs = read.value.from === undefined ? lastMs - DAYS_SHOWN * DAY_MS : dayMs(read.value.from)
    if (firstMs > lastMs) return fail(problem('validation', 'must not be after `to`', 'from'))
    if ((lastMs - firstMs) / DAY_MS >= MAX_DAYS_SHOWN)
      return fail(problem('validation', `must be at most ${MAX_DAYS_SHOWN} days before \`to\``, 'from'))
    const { base, book } = await currencies.exchange()
    const days = Array.from({ length: (lastMs - firstMs) / DAY_MS + 1 }, (_, index) => firstMs + index * DAY_MS)
    return ok(
      days.map((atMs) => {
        const found = book.rate(code, base, atMs, nowMs)
        return { date: dayText(atMs), rate: found?.rate ?? null, source: found?.source ?? null }
      }),
    )
  },
}

const overridesRoute: Route = {
  method: 'GET',
  path: '/currencies/overrides',
  description: 'Rates that were set by hand, withdrawn ones too',
  access: everyone('read'),
  answers: z.array(overrideAnswer),
  handle: async (_request, { configStore }) => ok((await configStore.listOverrides()).map(shownOverride)),
}

const fetchRoute: Route = {
  method: 'POST',
  path: '/currencies/fetch',
  description: 'Fetch exchange rates now, from the European Central Bank or the setting currency_rates_url',
  access: administrators('write'),
  answers: importAnswer.extend({ url: z.string().describe('Where they came from.') }),
  handle: (_request, { configStore, settings, clock }) =>
    fetchRates({ configStore, settings, nowMs: () => clock.nowMs() }),
}

const importRoute: Route = {
  method: 'POST',
  path: '/currencies/import',
  description: 'Take in a file with exchange rates of the European Central Bank',
  access: administrators('write'),
  isUpload: true,
  accepts: importFields,
  answers: importAnswer,
  async handle(request, backend) {
    const bytes = bytesOf(request.input.file)
    if (bytes === null)
      return fail(problem('validation', 'File is required: send it as `file`, as text or in a multipart form', 'file'))
    const days = await readRateFile(bytes)
    return days.ok ? keep(days.value, request, backend) : days
  },
}

const keep = (days: Parameters<typeof addNewRates>[1], request: ApiRequest, backend: Backend) =>
  inChange(backend, request, async ({ writer, nowMs, hint }) => {
    const added = await addNewRates(writer, days, nowMs)
    if (added.length === 0) hint('file: all its rates are known already, so nothing was changed.')
    return ok({ added: added.length, newest: await newestDay(writer) })
  })

const bytesOf = (file: unknown): Buffer | null =>
  file instanceof Uint8Array ? Buffer.from(file) : typeof file === 'string' && file !== '' ? Buffer.from(file) : null

/** What money is worth. Rates are only ever added: what was converted keeps the rate it was converted with. */
export const currencyRoutes: readonly Route[] = [
  listRoute,
  overridesRoute,
  historyRoute,
  setRateRoute,
  withdrawRoute,
  importRoute,
  fetchRoute,
]
