import { isSubId } from '@trackyard/core/events/sub-id.ts'
import { microsToDecimal } from '@trackyard/core/money.ts'
import { eventTables } from './ddl.ts'
import type { ClickRewrite, SelectedClicks } from './port.ts'
import { subIdDays } from './sub-id-time.ts'

/**
 * Statements that change many clicks inside the store. FINAL is right here and only here: a rewrite reads each chosen
 * click once, where reports would pay for it every time.
 */

export const countSql = (clicks: SelectedClicks, atMost?: number): string => {
  const found = `FROM ${chosen(clicks)}${inPart(clicks)}`
  return atMost === undefined
    ? `SELECT count() ${found}`
    : `SELECT count() FROM (SELECT 1 ${found} LIMIT ${whole(atMost)})`
}

/** The frame of one row and sorting on disk keep what it takes flat: a sweep may be about tens of millions of clicks. */
export const clicksAtSql = (clicks: SelectedClicks, every: number, also: number): string =>
  'SELECT place, sub_id FROM (SELECT sub_id, row_number() OVER (ORDER BY sub_id ROWS BETWEEN CURRENT ROW AND CURRENT ROW) ' +
  `AS place FROM ${chosen(clicks)}${inPart(clicks)}) ` +
  `WHERE place % ${whole(every)} = 0 OR place = ${whole(also)} ORDER BY place ` +
  'SETTINGS max_bytes_before_external_sort = 50000000, max_bytes_ratio_before_external_sort = 0'

/** Statements in the order in which they must run: conversions before their clicks, as ingest does. */
export function rewriteSql(rewrite: ClickRewrite): string[] {
  const { change, below } = rewrite
  const columns = Object.keys(eventTables.clicks.columns)
  const source = `${chosen(rewrite)}${inPart(rewrite)}`
  if (change.kind === 'remove')
    return [
      removeConversions(rewrite),
      `INSERT INTO clicks (${columns.join(', ')}, sign, version) SETTINGS ${AS_ONE_BLOCK} ` +
        `SELECT ${columns.join(', ')}, -1, version FROM ${source}`,
    ]
  const more = `toDecimal64('${microsToDecimal(change.micros + 1)}', 6)`
  const cost = `if(sub_id <= ${quoted(change.oneMoreUpTo)}, ${more}, toDecimal64('${microsToDecimal(change.micros)}', 6))`
  const values = columns.map((name) => (name === 'cost' ? `if(part = 1, ${cost}, old.cost)` : name))
  return [
    chargeConversions(rewrite, cost, source),
    `INSERT INTO clicks (${columns.join(', ')}, sign, version) SETTINGS ${AS_ONE_BLOCK} ` +
      `SELECT ${values.join(', ')}, part, if(part = 1, ${whole(below)}, version) ` +
      `FROM (SELECT ${columns.join(', ')}, version FROM ${source}) AS old ` +
      'ARRAY JOIN [toInt8(-1), toInt8(1)] AS part',
  ]
}

/** The first conversion of a click carries its cost, and goes with it. */
function chargeConversions({ below, ...rewrite }: ClickRewrite, cost: string, source: string): string {
  const columns = Object.keys(eventTables.conversions.columns)
  const values = columns.map((name) => (name === 'conversion_cost' ? cost : name))
  const conditions = [
    ...inSegment(rewrite.selection),
    `version < ${whole(below)}`,
    "conversion_id = concat(sub_id, '-1')",
  ]
  return (
    `INSERT INTO conversions (${columns.join(', ')}, version, is_deleted) SETTINGS ${AS_ONE_BLOCK} ` +
    `SELECT ${values.join(', ')}, ${whole(below)}, 0 FROM conversions FINAL ` +
    `WHERE ${conditions.join(' AND ')} AND sub_id IN (SELECT sub_id FROM ${source})${inPart({ below, ...rewrite })}`
  )
}

function removeConversions(rewrite: ClickRewrite): string {
  const { selection, below } = rewrite
  const columns = Object.keys(eventTables.conversions.columns)
  const conditions = [...inSegment(selection), `version < ${whole(below)}`]
  return (
    `INSERT INTO conversions (${columns.join(', ')}, version, is_deleted) SETTINGS ${AS_ONE_BLOCK} ` +
    `SELECT ${columns.join(', ')}, ${whole(below)}, 1 FROM conversions FINAL ` +
    `WHERE ${conditions.join(' AND ')}${inPart(rewrite)}`
  )
}

/** Half of a change must not be there without the other, so what is inserted may not be cut into several parts. */
const AS_ONE_BLOCK =
  'min_insert_block_size_rows = 100000000, min_insert_block_size_bytes = 0, max_insert_threads = 1, ' +
  'max_partitions_per_insert_block = 10000, async_insert = 0'

function chosen({ selection, below }: SelectedClicks): string {
  const { slots, costsMicros, onlyUniques, withBots } = selection
  const conditions = ['sign = 1', `version < ${whole(below)}`, ...inSegment(selection)]
  for (const [slot, values] of Object.entries(slots)) {
    if (!Object.hasOwn(eventTables.clicks.columns, slot)) throw new Error(`Clicks have no column ${slot}`)
    conditions.push(`${slot} IN (${values.length === 0 ? 'NULL' : values.map(quoted).join(', ')})`)
  }
  if (costsMicros)
    conditions.push(`reinterpretAsInt64(cost) IN (${costsMicros.length === 0 ? 'NULL' : costsMicros.join(', ')})`)
  if (onlyUniques) conditions.push('is_unique_campaign = 1')
  if (!withBots) conditions.push('is_bot = 0')
  return `clicks FINAL WHERE ${conditions.join(' AND ')}`
}

function inSegment({ campaignIds, fromMs, toMs }: ClickRewrite['selection']): string[] {
  const moment = (atMs: number): string => `fromUnixTimestamp64Milli(toInt64(${whole(atMs)}), 'UTC')`
  const conditions = [`datetime >= ${moment(fromMs)}`, `datetime < ${moment(Math.min(toMs, LAST_MOMENT_MS))}`]
  if (campaignIds)
    conditions.push(`campaign_id IN (${campaignIds.length === 0 ? 'NULL' : campaignIds.map(whole).join(', ')})`)
  return conditions
}

/** The days keep the store from looking through the rest of the table for each part of it. */
function inPart({ after = '', upTo = null }: SelectedClicks): string {
  const dayOf = (subId: string): string => `'${subIdDays([subId])[0]}'`
  const conditions = [`sub_id > ${quoted(after)}`, ...(upTo === null ? [] : [`sub_id <= ${quoted(upTo)}`])]
  if (isSubId(after)) conditions.push(`toDate(datetime) >= ${dayOf(after)}`)
  if (upTo !== null && isSubId(upTo)) conditions.push(`toDate(datetime) <= ${dayOf(upTo)}`)
  return ` AND ${conditions.join(' AND ')}`
}

/** The store knows no later time. */
const LAST_MOMENT_MS = Date.UTC(2299, 11, 31)

function whole(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`Not a whole number: ${value}`)
  return String(value)
}

/** What people filter by goes into the text, as lists may be longer than parameters can be. */
const quoted = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`
