import type { ClickSelection } from '../events/admin-event.ts'
import { LAST_MOMENT_MS, quoted, segmentAround, selectionSql, slotColumn } from './selection-sql.ts'

/**
 * SQL that tells which of many selections a click fulfils, without asking one after the other: those that ask for the
 * same parameters become one table, sorted by values and time, in which the store looks the click up. So a statement
 * takes hardly longer with a thousand of them than with a few.
 *
 * There is one expression for each kind of selection; its value is `numberOf` the selections of that kind that hold
 * (their places in the list, ascending, at least one), and 0 when none does. `cost`: the column with what a click costs.
 */
export function lookupSql(
  selections: readonly ClickSelection[],
  numberOf: (holders: readonly number[]) => number,
  cost?: string,
): string[] {
  const members = selections.map((selection, index): Member => ({ index, selection, keys: keysOf(selection) }))
  const kinds = Map.groupBy(
    members.filter(({ keys }) => keys?.length !== 0),
    kindOf,
  )
  return [...kinds].flatMap(([kind, alike]) =>
    kind === '' || alike.length === 1
      ? alike.map(
          ({ index, selection }) => `if(${selectionSql(selection, cost).join(' AND ')}, ${numberOf([index])}, 0)`,
        )
      : [tableSql(alike, numberOf)],
  )
}

/** How many of these, from the first on, a statement can look up with so many expressions. */
export function countWithin(selections: readonly ClickSelection[], maxKinds: number): number {
  const kinds = new Set<unknown>()
  for (const [index, selection] of selections.entries()) {
    const kind = kindOf({ index, selection, keys: keysOf(selection) })
    kinds.add(kind === '' ? selection : kind)
    if (kinds.size > maxKinds) return index
  }
  return selections.length
}

type Value = string | number

interface Member {
  readonly index: number
  readonly selection: ClickSelection
  /** What the columns it asks for may hold, each combination; null: they are too many to list. */
  readonly keys: readonly (readonly Value[])[] | null
}

/** Beyond this many combinations a selection is asked by its conditions, unless it is one long list. */
const MAX_KEYS = 100
/** Later than any moment in milliseconds: a key and a moment make one number. */
const KEY_STEP = 2n ** 44n

/** The columns that selections of one kind ask for, each with the values that one of them lets pass. */
const askedOf = ({ campaignIds, slots }: ClickSelection): [string, readonly Value[]][] => [
  ...(campaignIds && !isMany(campaignIds) ? [['campaign_id', campaignIds] as [string, readonly Value[]]] : []),
  ...Object.entries(slots)
    .map(([slot, values]): [string, readonly Value[]] => [slotColumn(slot), values])
    .sort(([a], [b]) => (a < b ? -1 : 1)),
]

/** A list of campaigns is the same in all entries of a request, so it is asked once for all of them. */
const isMany = (campaignIds: readonly number[]): boolean => campaignIds.length > 1

function keysOf(selection: ClickSelection): Value[][] | null {
  if (selection.costsMicros !== null) return null
  const lists = askedOf(selection).map(([, values]) => [...new Set(values)])
  const combinations = lists.reduce((product, { length }) => product * length, 1)
  if (combinations > Math.max(MAX_KEYS, ...lists.map(({ length }) => length))) return null
  return lists.reduce<Value[][]>((keys, list) => keys.flatMap((key) => list.map((one) => [...key, one])), [[]])
}

/** '': is asked by its conditions. */
function kindOf({ selection, keys }: Member): string {
  if (keys === null) return ''
  const { campaignIds, onlyUniques, withBots } = selection
  const columns = askedOf(selection).map(([column]) => column)
  return JSON.stringify([columns, campaignIds && isMany(campaignIds) ? campaignIds : null, onlyUniques, withBots])
}

function tableSql(alike: readonly Member[], numberOf: (holders: readonly number[]) => number): string {
  const byKey = new Map<string, { readonly key: readonly Value[]; readonly members: Member[] }>()
  for (const member of alike)
    for (const key of member.keys ?? []) {
      const name = JSON.stringify(key)
      const entry = byKey.get(name) ?? { key, members: [] }
      entry.members.push(member)
      byKey.set(name, entry)
    }
  const entries = [...byKey.values()]
  const starts = [0n]
  const numbers = [0]
  for (const [place, { members }] of entries.entries())
    for (const { atMs, number } of stretchesOf(members, numberOf)) {
      starts.push(BigInt(place + 1) * KEY_STEP + BigInt(atMs))
      numbers.push(number)
    }
  const [first] = alike
  const columns = first ? askedOf(first.selection).map(([column]) => column) : []
  const key = keySql(
    columns,
    entries.map((entry) => entry.key),
  )
  const place = `toUInt64(${key}) * ${KEY_STEP} + toUInt64(toUnixTimestamp64Milli(datetime))`
  const found = `transform(roundDown(${place}, [${starts}]), [${starts}], [${numbers}], 0)`
  return `if(${commonSql(alike)}, ${found}, 0)`
}

/** What holds for all of them; campaigns and time span them. */
function commonSql(alike: readonly Member[]): string {
  const all = alike.map(({ selection }) => selection)
  const flags = { onlyUniques: all.some((one) => one.onlyUniques), withBots: all.some((one) => one.withBots) }
  return selectionSql({ ...segmentAround(all), ...flags, slots: {}, costsMicros: null }).join(' AND ')
}

/** When which of them hold. */
function stretchesOf(
  members: readonly Member[],
  numberOf: (holders: readonly number[]) => number,
): { readonly atMs: number; readonly number: number }[] {
  const turns = members.flatMap(({ index, selection: { fromMs, toMs } }) =>
    fromMs < toMs && fromMs < LAST_MOMENT_MS
      ? [
          { atMs: fromMs, index, begins: true },
          { atMs: Math.min(toMs, LAST_MOMENT_MS), index, begins: false },
        ]
      : [],
  )
  const holders: number[] = []
  return [...Map.groupBy(turns, ({ atMs }) => atMs)]
    .sort(([a], [b]) => a - b)
    .map(([atMs, here]) => {
      for (const { index, begins } of here) {
        const place = placeIn(holders, index)
        if (begins) holders.splice(place, 0, index)
        else holders.splice(place, 1)
      }
      return { atMs, number: holders.length === 0 ? 0 : numberOf(holders) }
    })
}

/** Where it stands in an ascending list, or belongs. */
function placeIn(list: readonly number[], value: number): number {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Number of the key that the columns of a click hold, from 1; 0: none of them. Keys are distinct. */
function keySql(columns: readonly string[], keys: readonly (readonly Value[])[]): string {
  let sql = '1'
  // What is known of each key after each column. A key that is lost is 0 and stays so, as no digit is as great as the base.
  let codes = keys.map(() => 1)
  for (const [at, column] of columns.entries()) {
    const values = [...new Set(keys.map((key) => key[at] ?? ''))]
    const digits = new Map(values.map((value, place) => [value, place + 1]))
    const digit = transformSql(column, values)
    const base = values.length + 1
    const joined = keys.map((key, place) => (codes[place] ?? 0) * base + (digits.get(key[at] ?? '') ?? 0))
    const known = [...new Set(joined)]
    const places = new Map(known.map((code, place) => [code, place + 1]))
    sql = at === 0 ? digit : transformSql(`(${sql} * ${base} + ${digit})`, known)
    codes = at === 0 ? keys.map((key) => digits.get(key[0] ?? '') ?? 0) : joined.map((code) => places.get(code) ?? 0)
  }
  return sql
}

/** Place of the value in the list, from 1; 0: it is not there. */
const transformSql = (value: string, list: readonly Value[]): string =>
  `toUInt64(transform(${value}, [${list.map((one) => (typeof one === 'string' ? quoted(one) : one)).join(', ')}], [${list.map((_, n) => n + 1).join(', ')}], 0))`
