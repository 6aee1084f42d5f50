import { fail, ok, problem, type Result } from '../result.ts'
import { isCurrencyCode, readDay } from './codes.ts'
import type { PublishedDay } from './rate-book.ts'

export type EcbDay = Pick<PublishedDay, 'day' | 'perEuro'>

/** More days than there have been euros for a long time to come. */
const MAX_DAYS = 30_000

/**
 * Reads reference rates as the European Central Bank publishes them: the XML of a day, of 90 days or of all, and the
 * CSV files of the same names. Days come out in the order of the file. Refuses what holds no rates, saying why.
 */
export function parseEcb(text: string): Result<readonly EcbDay[]> {
  const days = /^\s*</.test(text.replace(/^\ufeff/, '')) ? readXml(text) : readCsv(text)
  if (typeof days === 'string') return fail(problem('validation', days, 'file'))
  if (days.length > MAX_DAYS) return fail(problem('validation', `holds more than ${MAX_DAYS} days`, 'file'))
  const filled = days.filter(({ perEuro }) => Object.keys(perEuro).length > 0)
  return filled.length > 0 ? ok(filled) : fail(problem('validation', `holds no rates: ${EXPECTED}`, 'file'))
}

const EXPECTED = 'send a file of the European Central Bank such as eurofxref-daily.xml or eurofxref-hist.csv'

/** Only the elements that carry rates are looked at: nothing of XML that could be turned against a reader is used. */
function readXml(text: string): EcbDay[] | string {
  const days: { day: string; perEuro: Record<string, number> }[] = []
  for (const [, attributes = ''] of text.matchAll(/<(?:\w+:)?Cube\b([^<>]*)>/g)) {
    const time = attributeOf(attributes, 'time')
    if (time !== null) {
      const day = readDay(time)
      if (day === null) return `holds the day ${JSON.stringify(time.slice(0, 40))}, which is none`
      days.push({ day, perEuro: {} })
    }
    const currency = attributeOf(attributes, 'currency')
    if (currency === null) continue
    const current = days.at(-1)
    if (!current) return `holds the rate of ${currency.slice(0, 10)} before any day`
    const wrong = addRate(current, currency, attributeOf(attributes, 'rate') ?? '')
    if (wrong !== null) return wrong
  }
  return days
}

const attributeOf = (attributes: string, name: string): string | null =>
  new RegExp(`\\b${name}\\s*=\\s*(?:'([^']*)'|"([^"]*)")`)
    .exec(attributes)
    ?.slice(1)
    .find((one) => one !== undefined) ?? null

function readCsv(text: string): EcbDay[] | string {
  const [header = '', ...lines] = text.replace(/^\ufeff/, '').split(/\r?\n/)
  const names = cells(header)
  if (names[0]?.toLowerCase() !== 'date') return `does not begin with Date: ${EXPECTED}`
  const days: { day: string; perEuro: Record<string, number> }[] = []
  for (const line of lines) {
    if (line.trim() === '') continue
    const [when = '', ...values] = cells(line)
    const day = readDay(when) ?? longDay(when)
    if (day === null) return `holds the day ${JSON.stringify(when.slice(0, 40))}, which is none`
    const one = { day, perEuro: {} }
    days.push(one)
    for (const [index, value] of values.entries()) {
      const currency = names[index + 1] ?? ''
      // The bank ends every line with a comma and writes N/A for currencies it has no rate of.
      if (currency === '' || value === '' || value === 'N/A') continue
      const wrong = addRate(one, currency, value)
      if (wrong !== null) return wrong
    }
  }
  return days
}

const cells = (line: string): string[] => line.split(',').map((cell) => cell.trim())

function addRate(
  { day, perEuro }: { day: string; perEuro: Record<string, number> },
  currency: string,
  text: string,
): string | null {
  const rate = /^\d{1,12}(?:\.\d{1,12})?$/.test(text) ? Number(text) : 0
  if (!isCurrencyCode(currency)) return `names the currency ${JSON.stringify(currency.slice(0, 10))}, which is none`
  if (rate <= 0) return `gives ${currency} of ${day} the rate ${JSON.stringify(text.slice(0, 40))}, which is none`
  perEuro[currency] = rate
  return null
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')

/** `22 November 2024`, as the CSV of a single day has it. */
function longDay(text: string): string | null {
  const [, day = '', month = '', year = ''] = /^(\d{1,2}) ([A-Za-z]+) (\d{4})$/.exec(text) ?? []
  const index = MONTHS.indexOf(month.slice(0, 3).toLowerCase())
  return index === -1 ? null : readDay(`${year}-${String(index + 1).padStart(2, '0')}-${day.padStart(2, '0')}`)
}
