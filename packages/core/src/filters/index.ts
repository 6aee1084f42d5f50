import type { Click, VisitorState } from '../click/click.ts'
import type { StreamFilter } from '../entities/index.ts'
import { nearest } from '../nearest.ts'
import { quoted } from '../plain-words.ts'
import { fail, ok, type Problem, problem, type Result } from '../result.ts'
import { bot } from './bot.ts'
import { browser } from './browser.ts'
import { browserVersion } from './browser-version.ts'
import { city } from './city.ts'
import { connectionType } from './connection-type.ts'
import { country } from './country.ts'
import { datacenter } from './datacenter.ts'
import { deviceModel } from './device-model.ts'
import { deviceType } from './device-type.ts'
import { emptyReferrer } from './empty-referrer.ts'
import { type FilterDef, type FilterNeed, type FilterSets, NO_FILTER_SETS } from './filter.ts'
import { filterSet } from './filter-set.ts'
import { interval } from './interval.ts'
import { ip } from './ip.ts'
import { ipv6 } from './ipv6.ts'
import { isp } from './isp.ts'
import { language } from './language.ts'
import { limit } from './limit.ts'
import { operator } from './operator.ts'
import { os } from './os.ts'
import { osVersion } from './os-version.ts'
import { parameter } from './parameter.ts'
import { payloadSchema } from './payload-schema.ts'
import { proxy } from './proxy.ts'
import { referrer } from './referrer.ts'
import { region } from './region.ts'
import { schedule } from './schedule.ts'
import { searchEngine } from './search-engine.ts'
import { slotFilters } from './slots.ts'
import { uniqueness, uniquenessCookies, uniquenessIp } from './uniqueness.ts'
import { userAgent } from './user-agent.ts'
import { xRequestedWith } from './x-requested-with.ts'

/** Every filter by the name it has in the API. Validation, docs and forms read this list. */
export const filters: Readonly<Record<string, FilterDef>> = {
  country,
  region,
  city,
  isp,
  operator,
  connection_type: connectionType,
  ip,
  ipv6,
  language,
  device_type: deviceType,
  device_model: deviceModel,
  os,
  os_version: osVersion,
  browser,
  browser_version: browserVersion,
  user_agent: userAgent,
  referrer,
  empty_referrer: emptyReferrer,
  search_engine: searchEngine,
  x_requested_with: xRequestedWith,
  bot,
  datacenter,
  proxy,
  ...slotFilters,
  parameter,
  uniqueness,
  uniqueness_ip: uniquenessIp,
  uniqueness_cookies: uniquenessCookies,
  limit,
  schedule,
  interval,
  filter_set: filterSet,
}

export interface CompiledFilter {
  readonly name: string
  readonly mode: StreamFilter['mode']
  passes(click: Click, visitor: VisitorState, streamId: number): boolean
  readonly needs: readonly FilterNeed[]
}

/**
 * Compiles one row of a stream's filter list; `at` is its path, e.g. `filters.0`. Refuses unknown names and payloads:
 * a filter that cannot be read must never become "false", since negated it would be "true for everyone".
 */
export function compileFilter(
  { name, mode, payload }: StreamFilter,
  at: string,
  sets: FilterSets = NO_FILTER_SETS,
): Result<CompiledFilter> {
  const def = Object.hasOwn(filters, name) ? filters[name] : undefined
  if (def === undefined) return fail(problem('validation', unknownName(name), `${at}.name`))
  const params = def.params.safeParse(payload, { reportInput: true })
  if (!params.success) {
    return fail(
      ...params.error.issues.map(({ path, message, input }): Problem => {
        const part = path.map(String)
        const subject = part.length === 0 ? `Filter ${name}` : `Filter ${name}: ${partName(path, input)}`
        return problem('validation', `${subject} ${message}`, [`${at}.payload`, ...part].join('.'))
      }),
    )
  }
  const needs = def.resolve?.(params.data, sets) ?? ok(def.needs ?? [])
  if (!needs.ok)
    return fail(
      ...needs.problems.map(({ code, message }) => problem(code, `Filter ${name} ${message}`, `${at}.payload`)),
    )
  const matches = def.compile(params.data, sets)
  const passes: CompiledFilter['passes'] =
    mode === 'accept' ? matches : (click, visitor, streamId) => !matches(click, visitor, streamId)
  return ok({ name, mode, passes, needs: needs.value })
}

/** A part of a payload as people count: `value 1 (Germany)`, where programs say `0`. */
function partName(path: readonly PropertyKey[], input: unknown): string {
  const last = path.at(-1)
  if (typeof last !== 'number') return path.map(String).join('.')
  const shown = typeof input === 'string' || Number.isFinite(input) ? ` (${quoted(String(input))})` : ''
  const before = path.slice(0, -1).map(String).join('.')
  return `${before === '' ? '' : `${before}, `}value ${last + 1}${shown}`
}

/**
 * What is doubtful about a filter that compiles: values that match nobody as far as we know, and fields that it does not
 * read. Sentences name the filter and the cure. `nowMs`: UTC epoch milliseconds.
 */
export function filterDoubts({ name, mode, payload }: StreamFilter, nowMs: number): string[] {
  const def = Object.hasOwn(filters, name) ? filters[name] : undefined
  const params = def?.params.safeParse(payload)
  if (!def || !params?.success) return []
  const doubts = [...(def.doubts?.(params.data, nowMs, payload) ?? []), ...unreadFields(def, payload)]
  return doubts.map((doubt) => `Filter ${name} (mode ${mode}) ${doubt}`)
}

function unreadFields(def: FilterDef, payload: unknown): string[] {
  const { properties } = payloadSchema(def)
  if (typeof properties !== 'object' || properties === null || typeof payload !== 'object' || payload === null)
    return []
  const read = Object.keys(properties)
  return Object.keys(payload)
    .filter((field) => !read.includes(field) && !def.alsoReads?.includes(field))
    .slice(0, MAX_UNREAD)
    .map((field) => {
      const meant = nearest(field, read)
      const cure = meant === null ? `it has ${read.join(', ')}.` : `did you mean ${meant}?`
      return `does nothing with ${quoted(field)}: ${cure}`
    })
}
const MAX_UNREAD = 4

/** Services that show one page to reviewers and another to visitors. Campaigns that used them elsewhere name them. */
const CLOAKING_SERVICE = /imklo|hide_?click|adspect|cloak|anti_?detect|fraud_?filter|magic_?checker|traffic_?armou?r/i

/** Reports and macros know some things by other names. */
const filterOfColumn = (name: string): string | null =>
  name === 'country_code' ? 'country' : (Object.entries(filters).find(([, { column }]) => column === name)?.[0] ?? null)

function unknownName(name: string): string {
  if (CLOAKING_SERVICE.test(name))
    return `Filter ${quoted(name)} belongs to a cloaking service, which Trackyard does not support: remove it; to stop bots use the filter bot`
  const meant = filterOfColumn(name) ?? nearest(quoted(name), Object.keys(filters))
  const guess = meant === null ? 'use' : `did you mean ${meant}? Use`
  return `There is no filter ${quoted(name)}: ${guess} one of ${Object.keys(filters)
    .filter((key) => !/_\d+$/.test(key))
    .join(', ')}, sub_id_1 to sub_id_30, extra_param_1 to extra_param_10`
}
