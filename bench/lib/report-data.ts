import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type SpawnedStore, spawnStore } from '../../packages/server/src/store/spawn-store.ts'
import { openClickHouseEvents } from '../../packages/server/src/stores/events/clickhouse.ts'
import { eventTables } from '../../packages/server/src/stores/events/ddl.ts'
import { type GeneratedSpan, generatedColumns, selectGeneratedClicks } from './generated-clicks.ts'
import { sqlOf } from './store-sql.ts'

export const DATABASE = 'trackyard'
const DAYS = 60
const START_MS = Date.UTC(2026, 0, 1)
/** The moment after the last generated click. */
export const END_MS = START_MS + DAYS * 86_400_000
const STEP_ROWS = 200_000
const CACHE_DIR = process.env.BENCH_CACHE_DIR ?? fileURLToPath(new URL('../../.trackyard-cache/', import.meta.url))
const STORE_MEMORY_BYTES = 1_500_000_000

/** Of the clicks, 40 % meet a landing page and half of those go on; 3 % convert. */
const WENT_ON = 'landing_id > 0 AND cityHash64(sub_id) % 2 = 0'
const CONVERTED = 'cityHash64(sub_id, 1) % 100 < 3'
const OFFER_REACHED = '77'
const NOTHING = 'toDecimal64(0, 6)'
const PAYOUT = "toDecimal64('12.5', 6)"
/** Versions of later states, above every spool position of a first one. */
const LANDING_VERSION = 1_000_000_000
const SALE_VERSION = 2_000_000_000

/**
 * A store with `rows` clicks over 60 days and everything that happened to them later, as ingest would have written it:
 * each change cancels the old state and adds the new one, shortly after the click. Made once (minutes for ten million)
 * and kept in the cache directory (`BENCH_CACHE_DIR`); delete that to make it again.
 */
export async function openReportData(rows: number): Promise<SpawnedStore> {
  const dir = join(CACHE_DIR, `reports-2-${rows}`)
  if (!existsSync(dir)) await makeReportData(rows, dir)
  return spawnStore({ dir, maxMemoryBytes: STORE_MEMORY_BYTES })
}

async function makeReportData(rows: number, dir: string): Promise<void> {
  const unfinished = `${dir}.part`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  const store = await spawnStore({ dir: unfinished, maxMemoryBytes: 6_000_000_000 })
  try {
    const { socketPath, password } = store
    const events = openClickHouseEvents({ url: 'http://localhost', socketPath, password, database: DATABASE })
    await events.migrate()
    await events.close()
    const sql = sqlOf(store, DATABASE)
    const span: GeneratedSpan = { rows, days: DAYS, startMs: START_MS }
    for (let from = 0; from < rows; from += STEP_ROWS) {
      for (const statement of statementsFor(span, from, Math.min(STEP_ROWS, rows - from))) await sql(statement)
      process.stderr.write(`\rmaking ${rows} clicks: ${Math.round((Math.min(rows, from + STEP_ROWS) / rows) * 100)} %`)
    }
    process.stderr.write('\n')
    await settle(sql)
  } finally {
    await store.stop({ keep: true })
  }
  renameSync(unfinished, dir)
}

/** First states, then the changes: a landing click, then a sale, each on the state that was there before it. */
function statementsFor(span: GeneratedSpan, from: number, count: number): string[] {
  const fresh = `(${selectGeneratedClicks(span, from, count)})`
  const columns = generatedColumns.join(', ')
  const reached = { offer_id: OFFER_REACHED, version: `version + ${LANDING_VERSION}` }
  // Whoever converts may have come through a landing page before.
  const before = Object.fromEntries(
    Object.entries(reached).map(([name, value]) => [name, `if(${WENT_ON}, ${value}, ${name})`]),
  )
  const sold = { ...before, version: `version + ${SALE_VERSION}` }
  const state = (changed: Readonly<Record<string, string>>, clicked: string, isSale: 0 | 1, sign: 1 | -1): string =>
    `SELECT ${listed(changed)}, ${clicked}, ${isSale}, ${isSale}, ${isSale ? PAYOUT : NOTHING}, ${sign} FROM ${fresh}`
  const change = (old: string, now: string, condition: string): string =>
    `INSERT INTO clicks (${columns}, landing_clicked, is_sale, sales, sale_revenue, sign) ${old} WHERE ${condition} UNION ALL ${now} WHERE ${condition}`
  return [
    `INSERT INTO clicks (${columns}) SELECT * FROM ${fresh}`,
    change(state({}, '0', 0, -1), state(reached, '1', 0, 1), WENT_ON),
    change(state(before, WENT_ON, 0, -1), state(sold, WENT_ON, 1, 1), CONVERTED),
    insertConversions(fresh),
  ]
}

const listed = (changed: Readonly<Record<string, string>>): string =>
  generatedColumns.map((name) => changed[name] ?? name).join(', ')

function insertConversions(fresh: string): string {
  const copied = generatedColumns.filter((name) => Object.hasOwn(eventTables.conversions.columns, name))
  const shown = copied.map((name) => (name === 'offer_id' ? `if(${WENT_ON}, ${OFFER_REACHED}, offer_id)` : name))
  return `INSERT INTO conversions (${copied.join(', ')}, conversion_id, status, revenue, postback_datetime, sale_datetime, is_sale, version)
    SELECT ${shown.join(', ')}, concat(sub_id, '-1'), 'sale', ${PAYOUT}, datetime + INTERVAL 2 HOUR, datetime + INTERVAL 2 HOUR, 1, version + ${SALE_VERSION}
    FROM ${fresh} WHERE ${CONVERTED}`
}

/** Waits until the engine has merged what it wants to merge, as it has on a day-old installation. */
async function settle(sql: (text: string) => Promise<string>): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    quiet = (await sql('SELECT count() FROM system.merges')).trim() === '0' ? quiet + 1 : 0
  }
}
