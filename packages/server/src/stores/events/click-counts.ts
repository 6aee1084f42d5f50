import type { ClickCount, EventStore, SelectedClicks } from './port.ts'
import { countEachByTimeSql, countEachSql, countSweptSql, listEachSql, type PiecesSql } from './sweep-statements.ts'

type Select = (sql: string, settings?: { max_execution_time?: number }) => Promise<unknown[][]>

/** The part of the store that counts clicks of many selections in one statement each. */
export function clickCounts(
  select: Select,
): Pick<EventStore, 'countEach' | 'countEachByTime' | 'listEach' | 'countSwept'> {
  /** The rows of the pieces that each selection is made of, without the number of the piece. */
  const eachOf = async (
    { selections }: SelectedClicks,
    { sql, pieces }: PiecesSql,
    settings: Parameters<Select>[1] = {},
  ): Promise<unknown[][][]> => {
    const found: unknown[][][] = selections.map(() => [])
    for (const [piece, ...row] of await select(sql, settings))
      for (const place of pieces.get(Number(piece)) ?? []) found[place]?.push(row)
    return found
  }

  return {
    async countEach(clicks, limits) {
      const settings = limits ? { max_execution_time: Math.max(1, Math.ceil(limits.timeoutMs / 1000)) } : {}
      const found = await eachOf(clicks, countEachSql(clicks), settings)
      return found.map((rows) => rows.map(toCount).reduce(withMore, NONE))
    },

    async countEachByTime(clicks, stretchMs) {
      const found = await eachOf(clicks, countEachByTimeSql(clicks, stretchMs))
      return found.map((rows) =>
        [...Map.groupBy(rows, ([fromMs]) => Number(fromMs))]
          .map(([fromMs, own]) => ({ fromMs, clicks: own.reduce((sum, [, count]) => sum + Number(count), 0) }))
          .sort((a, b) => a.fromMs - b.fromMs),
      )
    },

    async listEach(clicks) {
      const found = await eachOf(clicks, listEachSql(clicks))
      return found.map((rows) =>
        rows
          .map(([atMs, subId]) => ({ atMs: Number(atMs), subId: String(subId) }))
          .sort((a, b) => a.atMs - b.atMs || (a.subId < b.subId ? -1 : 1)),
      )
    },

    async countSwept(part, stretchMs) {
      const rows = await select(countSweptSql(part, stretchMs))
      return rows.map(([campaignId, fromMs, count]) => ({
        ...{ campaignId: Number(campaignId), fromMs: Number(fromMs), clicks: Number(count) },
      }))
    },
  }
}

const NONE: ClickCount = { clicks: 0, firstMs: 0, lastMs: 0 }

const toCount = ([clicks, firstMs, lastMs]: unknown[]): ClickCount => ({
  ...{ clicks: Number(clicks), firstMs: Number(firstMs), lastMs: Number(lastMs) },
})

const withMore = (all: ClickCount, more: ClickCount): ClickCount => ({
  clicks: all.clicks + more.clicks,
  firstMs: all.clicks === 0 ? more.firstMs : Math.min(all.firstMs, more.firstMs),
  lastMs: Math.max(all.lastMs, more.lastMs),
})
