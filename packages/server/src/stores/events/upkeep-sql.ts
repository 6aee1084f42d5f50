import { whole } from '@trackyard/core/costs/selection-sql.ts'
import { postbackLogColumns, sentPostbackColumns } from '@trackyard/core/events/click-columns.ts'
import { PERSONAL_LOG_COLUMNS } from '@trackyard/core/events/personal-columns.ts'
import { plainName } from './ddl.ts'
import type { EventTable, LogTable } from './port.ts'

const onCluster = (cluster: string | undefined): string =>
  cluster === undefined ? '' : ` ON CLUSTER '${plainName(cluster)}'`

/** Months or days that hold rows, their rows and bytes. On a cluster every replica counts. */
export function monthsSql(database: string, table: EventTable, cluster?: string): string {
  const parts = cluster === undefined ? 'system.parts' : `clusterAllReplicas('${plainName(cluster)}', system.parts)`
  return (
    "SELECT concat(left(partition, 4), '-', substring(partition, 5, 2), if(length(partition) = 8, concat('-', right(partition, 2)), '')) AS month, " +
    'toInt64(sum(rows)), toInt64(sum(bytes_on_disk)) ' +
    `FROM ${parts} WHERE active AND database = '${plainName(database)}' AND table = '${table}' GROUP BY partition ORDER BY partition`
  )
}

export const dropMonthSql = (table: EventTable, month: string, cluster?: string): string =>
  `ALTER TABLE ${table}${onCluster(cluster)} DROP PARTITION ${partitionOf(month)}`

export const emptySql = (table: LogTable, cluster?: string): string => `TRUNCATE TABLE ${table}${onCluster(cluster)}`

/** Rewrites parts so that rows which others cancel or replace are not on the disk any more. */
export const compactSql = (table: EventTable, month: string | null, cluster?: string): string =>
  `OPTIMIZE TABLE ${table}${onCluster(cluster)}${month === null ? '' : ` PARTITION ${partitionOf(month)}`} FINAL ` +
  'SETTINGS optimize_skip_merged_partitions = 1'

/** Statements that replace the lines about these clicks by ones without what is personal; `before`: see `eraseLogLines`. */
export function eraseLogStatements(subIds: readonly string[], before: ReadonlyMap<string, number>): string[] {
  const list = subIds.map((subId) => `'${subId}'`).join(', ')
  const seqs = subIds.map((subId) => `toUInt64(${whole(before.get(subId) ?? 0)})`).join(', ')
  const seq = `transform(sub_id, [${list}], [${seqs}], toUInt64(0))`
  const replace = (table: LogTable, columns: readonly string[], version: string, condition: string): string => {
    const personal: readonly string[] = PERSONAL_LOG_COLUMNS[table]
    const values = columns.map((name) => (personal.includes(name) ? `'' AS erased_${name}` : name))
    return (
      `INSERT INTO ${table} (${columns.join(', ')}, version) SETTINGS max_partitions_per_insert_block = 10000, async_insert = 0 ` +
      `SELECT ${values.join(', ')}, ${version} FROM ${table} FINAL WHERE sub_id IN (${list}) AND (${condition})`
    )
  }
  const isLeft = PERSONAL_LOG_COLUMNS.sent_postbacks.map((name) => `${name} != ''`).join(' OR ')
  return [
    replace('postback_log', [...Object.keys(postbackLogColumns), 'seq'], seq, `version < ${seq}`),
    replace('sent_postbacks', Object.keys(sentPostbackColumns), 'version + 1', isLeft),
  ]
}

function partitionOf(month: string): string {
  if (!/^\d{4}-\d{2}(-\d{2})?$/.test(month)) throw new Error(`Not a month or day: ${JSON.stringify(month)}`)
  return month.replaceAll('-', '')
}
