import type { Click } from '../click/click.ts'
import { type BlacklistEntry, blacklistValues } from '../entities/blacklist.ts'
import { parseIpRange } from '../filters/ip-match.ts'
import { compileTextMatcher, type TextMatcher } from '../filters/match.ts'
import { type Problem, problem } from '../result.ts'
import { compileRanges, isEmptyTable, type OwnedRange, ownerOf, type RangeTable } from './range-table.ts'
import { type Target, textTargets } from './targets.ts'

/** Id of the first entry that names the click; 0 when none does. */
type EntryFinder = (click: Click) => number

export interface Blacklist {
  /** The entry that blocks or flags a click of a campaign; one that blocks comes first. */
  find(click: Click, campaignId: number): { readonly entryId: number; readonly action: 'block' | 'flag' } | null
  /** When the next entry ends: from then on the list must be compiled again. UTC epoch milliseconds. */
  readonly validUntilMs: number
}

/** What is wrong with an entry, before it is saved. */
export function checkBlacklistEntry(entry: Omit<BlacklistEntry, 'id' | 'created_at_ms' | 'updated_at_ms'>): Problem[] {
  const refuse = (message: string, at = 'value') => [problem('validation', message, at)]
  if (entry.type === 'parameter' && entry.parameter === '')
    return refuse('is required for type parameter: the name of a query parameter', 'parameter')
  for (const value of blacklistValues(entry.value)) {
    if (entry.type === 'ip') {
      if (parseIpRange(value) === null)
        return refuse(
          `${value} is not an address, a block (203.0.113.0/24), an interval (203.0.113.1-203.0.113.9) or a mask (203.0.113.*)`,
        )
    } else if (entry.type === 'country') {
      if (!/^[a-z]{2}$/i.test(value)) return refuse(`${value} is not a two-letter country code such as US`)
    } else if (entry.type !== 'parameter' && value.replaceAll('*', '') === '')
      return refuse(`${value} would match every visitor: name a part of the text`)
    else {
      const compiled = compileTextMatcher([textValue(entry.type, value)])
      if (!compiled.ok) return refuse(compiled.problems.map(({ message }) => message).join('. '))
    }
  }
  return []
}

/**
 * Prepares the entries that are in force at `nowMs`: addresses in one sorted table, whole texts in one map for each
 * property, so their number does not matter; masks and regular expressions are tried one after another. Null when none
 * is in force. Entries that do not compile are left out: the API refuses them.
 */
export function compileBlacklist(all: readonly BlacklistEntry[], nowMs: number): Blacklist | null {
  const entries = all.filter(
    (entry) =>
      entry.state === 'active' &&
      (entry.expires_at === null || entry.expires_at > nowMs) &&
      checkBlacklistEntry(entry).length === 0,
  )
  if (entries.length === 0) return null
  const finders = {
    block: compileScopes(entries.filter(({ action }) => action === 'block')),
    flag: compileScopes(entries.filter(({ action }) => action === 'flag')),
  }
  return {
    validUntilMs: Math.min(...entries.map(({ expires_at }) => expires_at ?? Number.POSITIVE_INFINITY)),
    find(click, campaignId) {
      for (const action of ACTIONS) {
        const entryId = finders[action](click, campaignId)
        if (entryId !== 0) return { entryId, action }
      }
      return null
    },
  }
}
const ACTIONS = ['block', 'flag'] as const

/** Entries of every campaign, and those of single campaigns by campaign. */
function compileScopes(entries: readonly BlacklistEntry[]): (click: Click, campaignId: number) => number {
  const everywhere = compileFinder(entries.filter(({ campaign_ids: ids }) => ids.length === 0))
  const lists = new Map<number, BlacklistEntry[]>()
  for (const entry of entries) {
    for (const id of new Set(entry.campaign_ids)) {
      const list = lists.get(id)
      if (list) list.push(entry)
      else lists.set(id, [entry])
    }
  }
  const byCampaign = new Map([...lists].map(([id, list]) => [id, compileFinder(list)]))
  return (click, campaignId) => everywhere(click) || (byCampaign.get(campaignId)?.(click) ?? 0)
}

/** One property that is compared: whole texts, and patterns with their entries. */
interface TextTable {
  readonly target: Target
  readonly parameter: string
  readonly exact: Map<string, number>
  readonly patterns: { readonly matches: TextMatcher; readonly entryId: number }[]
}

function compileFinder(entries: readonly BlacklistEntry[]): EntryFinder {
  const ranges: OwnedRange[] = []
  const tables = new Map<string, TextTable>()
  for (const entry of entries) {
    for (const value of blacklistValues(entry.value)) {
      if (entry.type === 'ip') {
        const range = parseIpRange(value)
        if (range !== null) ranges.push({ range, owner: entry.id })
        continue
      }
      const table = tableOf(tables, entry)
      if (table !== null) addValue(table, textValue(entry.type, value), entry.id)
    }
  }
  const addresses = compileRanges(ranges)
  const texts = [...tables.values()]
  if (isEmptyTable(addresses) && texts.length === 0) return () => 0
  return (click) => inAddresses(addresses, click) || inTexts(texts, click)
}

function tableOf(tables: Map<string, TextTable>, { type, parameter }: BlacklistEntry): TextTable | null {
  const target = Object.hasOwn(textTargets, type) ? textTargets[type] : undefined
  if (target === undefined) return null
  const key = type === 'parameter' ? `${type} ${parameter}` : type
  const known = tables.get(key)
  if (known !== undefined) return known
  const made: TextTable = { target, parameter, exact: new Map(), patterns: [] }
  tables.set(key, made)
  return made
}

function addValue({ exact, patterns }: TextTable, value: string, entryId: number): void {
  if (value.includes('*') || value.startsWith('/')) {
    const compiled = compileTextMatcher([value])
    if (compiled.ok) patterns.push({ matches: compiled.value, entryId })
    return
  }
  const text = value.toLowerCase()
  if (!exact.has(text)) exact.set(text, entryId)
}

const inAddresses = (table: RangeTable, click: Click): number => (isEmptyTable(table) ? 0 : ownerOf(table, click.ip))

function inTexts(tables: readonly TextTable[], click: Click): number {
  for (const { target, parameter, exact, patterns } of tables) {
    const text = target.read(click, parameter)
    if (text === '') continue
    const entryId = exact.get(text.toLowerCase())
    if (entryId !== undefined) return entryId
    for (const pattern of patterns) if (pattern.matches(text)) return pattern.entryId
  }
  return 0
}

/** Network numbers are written with and without AS. */
const textValue = (type: string, value: string): string =>
  type === 'asn' && /^\d+$/.test(value) ? `AS${value}` : value
