import { dayText } from '@trackyard/core/currency/codes.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { fetchFile } from '../../outgoing/fetch-file.ts'
import type { ConfigStore } from '../../stores/config/port.ts'
import { settingOf } from '../settings/setting-store.ts'
import { addNewRates, MAX_RATE_FILE_BYTES, newestDay, readRateFile } from './rate-files.ts'

export interface FetchDeps {
  readonly configStore: ConfigStore
  readonly settings: { readonly allowPrivateTargets: boolean }
  nowMs(): number
  /** Until the file must be here. */
  readonly timeoutMs?: number
}

export interface FetchedRates {
  /** Where they came from. */
  readonly url: string
  /** Days whose rates are new. */
  readonly added: number
  /** Last day there are rates of now. */
  readonly newest: string
}

const BANK = 'https://www.ecb.europa.eu/stats/eurofxref'
const TIMEOUT_MS = 60_000
const DAY_MS = 86_400_000
/** A weekend and a holiday without rates; after more than that days are missing, and the file of 90 days has them. */
const USUAL_GAP_MS = 4 * DAY_MS

/** Fetches rates and keeps what is new of them. */
export async function fetchRates({
  configStore,
  settings,
  nowMs,
  timeoutMs = TIMEOUT_MS,
}: FetchDeps): Promise<Result<FetchedRates>> {
  const isBehind = (await newestDay(configStore)) < dayText(nowMs() - USUAL_GAP_MS)
  const url =
    (await settingOf(configStore, 'currency_rates_url')) ||
    `${BANK}/${isBehind ? 'eurofxref-hist-90d.xml' : 'eurofxref-daily.xml'}`
  const fetched = await fetchFile(
    url,
    { 'user-agent': 'trackyard' },
    {
      allowPrivateTargets: settings.allowPrivateTargets,
      connectMs: 10_000,
      totalMs: timeoutMs,
      maxBytes: MAX_RATE_FILE_BYTES,
    },
  )
  if (!fetched.ok) return refused(url, fetched.reason)
  if (!Buffer.isBuffer(fetched.body)) return refused(url, 'it came in pieces')
  const days = await readRateFile(fetched.body)
  if (!days.ok) return refused(url, `the file ${days.problems.map(({ message }) => message).join('; ')}`)
  return configStore.change({ actor: 'exchange rates', atMs: nowMs() }, async (writer) => {
    const added = await addNewRates(writer, days.value, nowMs())
    return ok({ url, added: added.length, newest: await newestDay(writer) })
  })
}

const refused = (url: string, why: string) =>
  fail(problem('validation', `No rates could be fetched from ${hostOf(url)}: ${why}.`, 'currency_rates_url'))

/** What else is in an address may be a key. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : 'the address that is set')

/** The same in the background, when it is switched on; answers in words what was done. Throws when it failed. */
export async function fetchRatesIfWanted(deps: FetchDeps): Promise<string> {
  if (!(await settingOf(deps.configStore, 'currency_rates_fetch'))) return ''
  const fetched = await fetchRates(deps)
  if (!fetched.ok) throw new Error(fetched.problems.map(({ message }) => message).join('; '))
  const { added, newest } = fetched.value
  return added === 0 ? '' : `rates of ${added} ${added === 1 ? 'day' : 'days'} came, the last of ${newest}`
}
