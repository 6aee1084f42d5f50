/**
 * Two ways to keep what happens to a click later, on the same clicks: signed states (a change cancels the old row and
 * adds the new one) and facts in a table of their own that a report unites with the clicks. Then the speed of inserts
 * in two formats. Usage: node bench/event-model.ts [rows]
 */
import type { ReportContext } from '@trackyard/core/report/context.ts'
import { planReport } from '@trackyard/core/report/plan.ts'
import { parseReportQuery } from '@trackyard/core/report/query.ts'
import { spawnStore } from '../packages/server/src/store/spawn-store.ts'
import { openClickHouseEvents } from '../packages/server/src/stores/events/clickhouse.ts'
import { eventTables } from '../packages/server/src/stores/events/ddl.ts'
import { toLine } from '../packages/server/src/stores/events/line.ts'
import { type GeneratedSpan, generatedColumns, selectGeneratedClicks } from './lib/generated-clicks.ts'
import { interleave, median, timed } from './lib/rounds.ts'
import { sqlOf } from './lib/store-sql.ts'

const ROWS = Number(process.argv[2] ?? 1_000_000)
const DAYS = 60
const START_MS = Date.UTC(2026, 0, 1)
const SPAN: GeneratedSpan = { rows: ROWS, days: DAYS, startMs: START_MS }
const NOW_MS = START_MS + DAYS * 86_400_000
const ROUNDS = 7

const store = await spawnStore({ maxMemoryBytes: 6_000_000_000 })
const events = openClickHouseEvents({
  url: 'http://localhost',
  socketPath: store.socketPath,
  password: store.password,
  database: 'bench',
})
const sql = sqlOf(store, 'bench')
try {
  await events.migrate()
  await load()
  console.log(`${ROWS} clicks over ${DAYS} days, 20 % landing clicks, 3 % conversions; reports of the last 30 days, ms`)
  for (const state of ['as written', 'merged']) {
    if (state === 'merged') for (const table of ['clicks', 'plain', 'facts']) await sql(`OPTIMIZE TABLE ${table} FINAL`)
    console.table(await compareReports(state))
  }
  console.table(await diskUse())
  console.table(await compareInserts())
} finally {
  await events.close()
  await store.stop()
}

async function load(): Promise<void> {
  const columns = [...Object.keys(eventTables.clicks.columns), 'version'].join(', ')
  const facts =
    'campaign_id, country, offer_id, datetime, sub_id, landing_clicked, leads, sales, lead_revenue, sale_revenue'
  await sql(
    'CREATE TABLE plain AS clicks ENGINE = MergeTree PARTITION BY toYYYYMM(datetime) ORDER BY (campaign_id, toDate(datetime), sub_id)',
  )
  await sql(
    'CREATE TABLE facts AS clicks ENGINE = MergeTree PARTITION BY toYYYYMM(datetime) ORDER BY (campaign_id, toDate(datetime), sub_id)',
  )
  await sql('SYSTEM STOP MERGES')
  const step = Math.min(100_000, ROWS)
  for (let from = 0; from < ROWS; from += step)
    await sql(
      `INSERT INTO plain (${generatedColumns.join(', ')}) ${selectGeneratedClicks(SPAN, from, Math.min(step, ROWS - from))}`,
    )
  await sql(`INSERT INTO clicks (${columns}) SELECT ${columns} FROM plain`)
  // As ingest does: what changed about a tenth of the clicks at a time, cancelled and written anew in one insert.
  for (const { share, change } of [
    { share: 'landing_id > 0 AND cityHash64(sub_id) % 2 = 0', change: '1 AS landing_clicked, 77 AS offer_id' },
    {
      share: 'cityHash64(sub_id, 1) % 100 < 3',
      change: "1 AS sales, toDecimal64('12.5', 6) AS sale_revenue, 1 AS is_sale",
    },
  ])
    for (let part = 0; part < 10; part++) {
      const found = `FROM (SELECT * FROM clicks WHERE sign = 1 AND ${share} AND cityHash64(sub_id, 2) % 10 = ${part} AND (sub_id, version) NOT IN (SELECT sub_id, version FROM clicks WHERE sign = -1))`
      await sql(
        `INSERT INTO clicks SELECT * REPLACE (-1 AS sign) ${found} UNION ALL SELECT * REPLACE (1 AS sign, version + 1000000000 AS version, ${change}) ${found}`,
      )
    }
  await sql(
    `INSERT INTO facts (${facts}) SELECT ${facts.replace('landing_clicked', '1')} FROM plain WHERE landing_id > 0 AND cityHash64(sub_id) % 2 = 0`,
  )
  await sql(
    `INSERT INTO facts (${facts}) SELECT campaign_id, country, offer_id, datetime, sub_id, 0, 0, 1, 0, toDecimal64('12.5', 6) FROM plain WHERE cityHash64(sub_id, 1) % 100 < 3`,
  )
  await sql('SYSTEM START MERGES')
}

async function compareReports(state: string): Promise<Record<string, unknown>[]> {
  const context: ReportContext = { names: {}, nowMs: NOW_MS - 1, defaultTimeZone: 'UTC', firstWeekday: 1 }
  const query = parseReportQuery({
    grouping: ['campaign_id', 'country_code', 'day'],
    metrics: ['clicks', 'lp_clicks', 'conversions', 'cost', 'revenue', 'profit', 'roi'],
    sort: [{ name: 'campaign_id' }],
    range: { interval: '29_days_ago' },
  })
  const plan = query.ok ? planReport(query.value, context) : query
  if (!plan.ok) throw new Error(JSON.stringify(plan))
  const since = new Date(NOW_MS - 30 * 86_400_000).toISOString().slice(0, 10)
  const tail = `WHERE datetime >= toDateTime64('${since} 00:00:00', 3, 'UTC')`
  const sums = (sign: string): string =>
    [
      'landing_clicked',
      'leads',
      'sales',
      'registrations',
      'deposits',
      'cost',
      'lead_revenue',
      'sale_revenue',
      'registration_revenue',
      'deposit_revenue',
    ]
      .map((column) => `sum(${sign}${column}) AS s_${column}`)
      .join(', ')
  const order = 'GROUP BY campaign_id, country, day ORDER BY campaign_id, country, day'
  const ways: Record<string, () => Promise<unknown>> = {
    'signed states, as planned': () => events.query(plan.value),
    'signed states, by hand': () =>
      sql(
        `SELECT campaign_id, country, toDate(datetime) AS day, sum(sign) AS n, ${sums('sign * ')} FROM clicks ${tail} ${order} FORMAT JSON`,
      ).then(JSON.parse),
    'signed states with FINAL': () =>
      sql(
        `SELECT campaign_id, country, toDate(datetime) AS day, count() AS n, ${sums('')} FROM clicks FINAL ${tail} ${order} FORMAT JSON`,
      ).then(JSON.parse),
    'clicks UNION ALL facts': () => {
      const part = (table: string, n: number): string =>
        `SELECT campaign_id, country, datetime, ${n} AS one, landing_clicked, leads, sales, registrations, deposits, cost, lead_revenue, sale_revenue, registration_revenue, deposit_revenue FROM ${table} ${tail}`
      return sql(
        `SELECT campaign_id, country, toDate(datetime) AS day, sum(one) AS n, ${sums('')} FROM (${part('plain', 1)} UNION ALL ${part('facts', 0)}) ${order} FORMAT JSON`,
      ).then(JSON.parse)
    },
    'the same, facts joined to be filterable': () =>
      sql(`SELECT campaign_id, country, toDate(datetime) AS day, count() AS n, sum(f.clicked) AS lp, sum(cost), sum(f.revenue) FROM plain LEFT JOIN
        (SELECT sub_id, max(landing_clicked) AS clicked, sum(sale_revenue) AS revenue FROM facts ${tail} GROUP BY sub_id) AS f USING sub_id ${tail} ${order} FORMAT JSON`).then(
        JSON.parse,
      ),
  }
  return medians(ways, ROUNDS).then((times) =>
    Object.entries(times).map(([way, ms]) => ({ state, way, ms: Math.round(ms * 10) / 10 })),
  )
}

async function diskUse(): Promise<Record<string, unknown>[]> {
  const answer = await events.query({
    sql: "SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts WHERE database = 'bench' AND active GROUP BY table ORDER BY table",
    params: {},
  })
  return answer.rows.map(({ table, rows, bytes }) => ({
    table,
    rows,
    'bytes per click': Math.round((Number(bytes) / ROWS) * 10) / 10,
  }))
}

async function compareInserts(): Promise<Record<string, unknown>[]> {
  const batch = Math.min(10_000, ROWS)
  const columns = Object.entries(eventTables.clicks.columns)
  const exact = columns.map(([name, { type }]) =>
    type === 'money' ? `reinterpretAsInt64(${name})` : type === 'time' ? `toUnixTimestamp64Milli(${name})` : name,
  )
  const { rows } = await events.query({
    sql: `SELECT [${exact.map((column) => `toString(${column})`).join(', ')}] AS v FROM plain LIMIT ${batch}`,
    params: {},
  })
  const values = rows.map(({ v }) =>
    (Array.isArray(v) ? v : []).map((text, i) =>
      ['name', 'text'].includes(columns[i]?.[1].type ?? '') ? String(text) : Number(text),
    ),
  )
  const sparse = values
    .map((row, i) => toLine('clicks', Object.fromEntries(columns.map(([name], c) => [name, row[c] ?? ''])), i))
    .join('\n')
  const full = values
    .map((row, i) =>
      JSON.stringify([
        ...row.map((value, c) => (columns[c]?.[1].type === 'money' ? Number(value) / 1e6 : value)),
        1,
        i,
      ]),
    )
    .join('\n')
  await sql('CREATE TABLE sparse AS clicks')
  await sql('CREATE TABLE full AS clicks')
  const settings = 'SETTINGS async_insert = 0, input_format_parallel_parsing = 0'
  const ways = {
    'sparse lines, JSONEachRow': () => sql(`INSERT INTO sparse ${settings} FORMAT JSONEachRow\n${sparse}`),
    'full rows, JSONCompactEachRow': () => sql(`INSERT INTO full ${settings} FORMAT JSONCompactEachRow\n${full}`),
  }
  const times = await medians(ways, ROUNDS)
  const bytes: Record<string, number> = {
    'sparse lines, JSONEachRow': sparse.length,
    'full rows, JSONCompactEachRow': full.length,
  }
  return Object.entries(times).map(([way, ms]) => ({
    way,
    'rows/s': Math.round((batch / ms) * 1000),
    'bytes/row': Math.round((bytes[way] ?? 0) / batch),
  }))
}

async function medians<Way extends string>(
  ways: Record<Way, () => Promise<unknown>>,
  rounds: number,
): Promise<Record<string, number>> {
  const timedWays = Object.fromEntries(
    Object.entries<() => Promise<unknown>>(ways).map(([way, run]) => [way, () => timed(run)]),
  )
  const found = await interleave(timedWays, { rounds })
  return Object.fromEntries(Object.entries(found).map(([way, times]) => [way, median(times)]))
}
