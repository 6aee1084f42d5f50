import { type EcbDay, parseEcb } from '@trackyard/core/currency/ecb.ts'
import type { PublishedDay } from '@trackyard/core/currency/rate-book.ts'
import { fail, problem, type Result } from '@trackyard/core/result.ts'
import type { ConfigReader, ConfigWriter } from '../../stores/config/port.ts'
import { openArchive } from '../files/archive.ts'
import { LEAD_MS } from './bases.ts'

const MB = 1_048_576
/** The whole history since 1999 is a tenth of that. */
export const MAX_RATE_FILE_BYTES = 32 * MB
const LIMITS = { files: 10, fileBytes: MAX_RATE_FILE_BYTES, totalBytes: MAX_RATE_FILE_BYTES }

/** Rates in a file of the European Central Bank: XML, CSV, or a ZIP archive that holds one. Problems are at `file`. */
export async function readRateFile(bytes: Buffer): Promise<Result<readonly EcbDay[]>> {
  if (!bytes.subarray(0, 2).equals(ZIP_START)) return parseEcb(bytes.toString('utf8'))
  const archive = await openArchive(bytes, LIMITS)
  if (!archive.ok) return atFile(archive.problems.map(({ message }) => message))
  const texts: string[] = []
  const unpacked = await archive.value.unpack(async (path, content) => {
    if (/\.(csv|xml)$/i.test(path)) texts.push(content.toString('utf8'))
  })
  if (!unpacked.ok) return atFile(unpacked.problems.map(({ message }) => message))
  const [text, another] = texts
  return text === undefined || another !== undefined
    ? atFile([`holds ${texts.length} files with rates: pack one, such as eurofxref-hist.csv`])
    : parseEcb(text)
}

const ZIP_START = Buffer.from('PK')
const atFile = (messages: readonly string[]) => fail(...messages.map((text) => problem('validation', text, 'file')))

/** Adds what is new among these rates; answers the days that were. What is known already is not noted twice. */
export async function addNewRates(
  writer: ConfigWriter,
  days: readonly EcbDay[],
  nowMs: number,
): Promise<readonly EcbDay[]> {
  const known = newestByDay(await writer.listRateDays())
  const added = days.filter(({ day, perEuro }) => {
    const before = known.get(day)
    return !before || Object.entries(perEuro).some(([currency, rate]) => before[currency] !== rate)
  })
  if (added.length > 0) await writer.addRateDays(added, nowMs + LEAD_MS)
  return added
}

/** What is known of each day, later rates over earlier ones. */
function newestByDay(days: readonly PublishedDay[]): ReadonlyMap<string, Readonly<Record<string, number>>> {
  const known = new Map<string, Readonly<Record<string, number>>>()
  for (const { day, perEuro } of days) known.set(day, { ...known.get(day), ...perEuro })
  return known
}

/** Last day with rates of a bank, '' when there is none. */
export async function newestDay(reader: Pick<ConfigReader, 'listRateDays'>): Promise<string> {
  const days = (await reader.listRateDays()).map(({ day }) => day)
  return days.sort().at(-1) ?? ''
}
