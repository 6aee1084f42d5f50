import { moneySql } from './metric-sql.ts'
import { countedColumn } from './own-columns.ts'
import { type PlanScope, timeBounds, whereSql } from './scope.ts'
import { clicksOf, revenueOfConversions } from './tables.ts'

/** Which conversions have the own status of this number, as a condition on them. */
export function hasOwnStatusSql(number: number, { binder, context }: PlanScope): string {
  const status = binder.once(`status ${number}`, 'String', () => context.ownStatuses?.get(number) ?? '')
  return `(custom_group != '' AND status = ${status})`
}

/**
 * States of clicks as FROM wants them, with those of the columns that they have not. Clicks have counts and money of the
 * first few own statuses only; of the others it is counted, when somebody asks, from the conversions that are in them now:
 * so there may be any number of them, and conversions of earlier times count.
 */
export function clicksCounting(columns: readonly string[], scope: PlanScope): string {
  const counted = columns.flatMap((name) => {
    const own = countedColumn(name)
    if (own === null) return []
    const has = hasOwnStatusSql(own.number, scope)
    return [{ name, has, sql: own.isMoney ? `sumIf(${moneySql('revenue')}, ${has})` : `toInt64(countIf(${has}))` }]
  })
  if (counted.length === 0) return clicksOf(scope)
  const listed = counted.map(({ name, sql }) => `${sql} AS ${name}`)
  const any = [...new Set(counted.map(({ has }) => has))].join(' OR ')
  // A conversion has the time of its click.
  const where = whereSql([...timeBounds(scope, 'datetime'), `(${any})`])
  const own = `SELECT sub_id, ${listed.join(', ')} FROM ${revenueOfConversions(scope)}${where} GROUP BY sub_id`
  return `${clicksOf(scope)} LEFT JOIN (${own}) AS own USING (sub_id)`
}
