import type { CampaignBundle } from '@trackyard/core/click/bundle.ts'
import { clicksTable, sweepsWithin } from '@trackyard/core/costs/swept-tables.ts'
import { type ClickRow, clickColumns } from '@trackyard/core/events/click-columns.ts'
import { filters } from '@trackyard/core/filters/index.ts'
import { ok, type Result } from '@trackyard/core/result.ts'
import type { Backend } from '../context.ts'
import { askEvents } from '../reports/ask-events.ts'

/** Clicks read at once: some ten megabytes at most. */
const PAGE = 10_000
/** What every decision is made of, and what became of the click. */
const ALWAYS = [
  ...['sub_id', 'roll', 'trace', 'stream_id', 'landing_id', 'offer_id', 'landing_clicked', 'is_bot', 'is_using_proxy'],
  ...['is_unique_campaign', 'is_unique_stream', 'is_unique_global'],
]
const REVENUE = 'toInt64((lead_revenue + sale_revenue + registration_revenue + deposit_revenue) * 1000000)'

export interface Period {
  readonly fromMs: number | null
  readonly toMs: number | null
}

/** Clicks of a campaign in the order in which they came, with `revenue` in micros; every n-th when there are too many. */
export interface ReplayedClicks {
  readonly total: number
  readonly every: number
  pages(): AsyncGenerator<Result<readonly ClickRow[]>>
}

export async function openReplay(
  campaignId: number,
  { fromMs, toMs }: Period,
  limit: number,
  bundles: readonly CampaignBundle[],
  backend: Backend,
): Promise<Result<ReplayedClicks>> {
  const params = { campaigns: [campaignId], from: fromMs ?? 0, to: toMs ?? LAST_MOMENT_MS }
  const within = (from: string): string =>
    `campaign_id IN {campaigns:Array(UInt32)} AND datetime >= fromUnixTimestamp64Milli({${from}:Int64}, 'UTC') AND datetime < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`
  const clicks = clicksTable(sweepsWithin(backend.eventStore.sweeps(), [campaignId], fromMs, toMs))
  const counted = await askEvents(backend, {
    sql: `SELECT sum(sign) AS total FROM ${clicks} WHERE ${within('from')}`,
    params,
  })
  if (!counted.ok) return counted
  const total = Number(counted.value.rows[0]?.total ?? 0)
  const every = Math.max(1, Math.ceil(total / limit))
  const columns = [...new Set([...ALWAYS, ...bundles.flatMap(askedColumns)])].filter(
    (name) => Object.hasOwn(clickColumns, name) && name !== 'datetime',
  )
  // Few states are cancelled, so leaving those out is cheaper than netting every click.
  const sql =
    `SELECT ${columns.join(', ')}, toUnixTimestamp64Milli(datetime) AS at_ms, ${REVENUE} AS revenue FROM ${clicks} ` +
    `WHERE ${within('after')} AND sub_id > {last:String} AND sign = 1 AND sipHash64(sub_id) % {every:UInt32} = 0 ` +
    `AND (sub_id, version) NOT IN (SELECT sub_id, version FROM ${clicks} WHERE ${within('after')} AND sign = -1) ` +
    `ORDER BY sub_id LIMIT ${PAGE}`

  async function* pages(): AsyncGenerator<Result<readonly ClickRow[]>> {
    let last = ''
    let after = params.from
    for (;;) {
      const page = await askEvents(backend, { sql, params: { ...params, after, last, every } })
      if (!page.ok) {
        yield page
        return
      }
      const rows = page.value.rows.map(toRow)
      yield ok(rows)
      const final = rows.at(-1)
      if (rows.length < PAGE || !final) return
      last = String(final.sub_id)
      // Ids begin with their time; a second is left for ids that were made a moment earlier than the click says.
      after = Math.max(params.from, Number(final.datetime) - 1000)
    }
  }
  return ok({ total, every, pages })
}

function toRow(fields: Readonly<Record<string, unknown>>): ClickRow {
  const row: Record<string, string | number> = { datetime: Number(fields.at_ms) }
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'at_ms') continue
    const type = clickColumns[name]?.type
    row[name] = type === 'text' || type === 'name' ? String(value) : Number(value)
  }
  return row
}

/** Columns that the filters of a campaign compare. */
function askedColumns({ streams, filterSets }: CampaignBundle): string[] {
  return [...streams, ...filterSets]
    .flatMap((owner) => owner.filters)
    .flatMap(({ name, payload }) => {
      const column = columnOf(name, payload)
      return column === null ? [] : [column]
    })
}

/** The column that keeps what a filter compared, null when none does. */
function columnOf(name: string, payload: unknown): string | null {
  const def = Object.hasOwn(filters, name) ? filters[name] : undefined
  const params = def?.params.safeParse(payload)
  return def?.column ?? (params?.success ? def?.columnOf?.(params.data) : undefined) ?? null
}

/** Filters of a draft that compare what clicks do not keep; a set stands for its filters. */
export const unkeptFilters = ({ streams, filterSets }: CampaignBundle): string[] => [
  ...new Set(
    [...streams, ...filterSets]
      .flatMap((owner) => owner.filters)
      .filter(({ name, payload }) => name !== 'filter_set' && columnOf(name, payload) === null)
      .map(({ name }) => name),
  ),
]

/** The store knows no later time. */
const LAST_MOMENT_MS = Date.UTC(2299, 11, 31)
