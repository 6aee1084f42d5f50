import { reportsOn } from '@trackyard/core/permissions.ts'
import type { ReportContext } from '@trackyard/core/report/context.ts'
import { isTimeZone } from '@trackyard/core/time/zone.ts'
import type { ConfigStore } from '../../stores/config/port.ts'
import type { Actor } from '../auth/actor.ts'
import { unrestricted } from '../auth/reach.ts'
import { settingOf } from '../settings/setting-store.ts'
import { ownStatusNames } from './own-statuses.ts'

type Named = Pick<ReportContext, 'names' | 'groups' | 'ownStatuses'>

// Names change rarely and reports come often; reading thousands of names costs more than many a report.
const cache = new WeakMap<ConfigStore, Named & { readonly version: number }>()

/**
 * What a report needs to know besides its request: names and campaigns are those that the asker sees, zone and first day
 * of the week those that the asker prefers. `labelled` names the columns whose labels it looks at.
 */
export async function reportContext(
  store: ConfigStore,
  nowMs: number,
  { access, userId }: Pick<Actor, 'access' | 'userId'>,
  labelled: readonly string[] = [],
): Promise<ReportContext> {
  const campaignIds =
    reportsOn(access) === 'all' ? null : (await store.list('campaigns', { includeDeleted: true })).map(({ id }) => id)
  const named = access.isAdministrator ? await loadNames(unrestricted(store)) : await readNames(store)
  const { first_weekday: weekday } = await preferencesOf(store, userId)
  return {
    ...named,
    campaignIds,
    nowMs,
    ...(labelled.length > 0 ? { labels: await store.listLabelled(labelled) } : {}),
    conversionDate: await settingOf(store, 'report_conversion_date'),
    defaultTimeZone: await reportZone(store, userId),
    firstWeekday: /^[1-7]$/.test(String(weekday)) ? Number(weekday) : 1,
  }
}

/** Zone of the reports that somebody asks for without naming one. */
export async function reportZone(store: ConfigStore, userId: Actor['userId']): Promise<string> {
  const { timezone } = await preferencesOf(store, userId)
  return typeof timezone === 'string' && isTimeZone(timezone) ? timezone : settingOf(store, 'timezone')
}

const preferencesOf = async (store: ConfigStore, userId: Actor['userId']) =>
  (userId === null ? null : await store.getUser(userId))?.preferences ?? {}

async function loadNames(store: ConfigStore): Promise<Named> {
  const version = await store.version()
  const known = cache.get(store)
  if (known?.version === version) return known
  const named = { ...(await readNames(store)), version }
  cache.set(store, named)
  return named
}

async function readNames(store: ConfigStore): Promise<Named> {
  const [campaigns, landings, offers] = await Promise.all([
    store.list('campaigns', ARCHIVED_TOO),
    store.list('landing_pages', ARCHIVED_TOO),
    store.list('offers', ARCHIVED_TOO),
  ])
  return {
    names: {
      campaigns: namesOf(campaigns),
      landings: namesOf(landings),
      offers: namesOf(offers),
      streams: namesOf(await store.list('streams', ARCHIVED_TOO)),
      affiliate_networks: namesOf(await store.list('affiliate_networks', ARCHIVED_TOO)),
      traffic_sources: namesOf(await store.list('traffic_sources', ARCHIVED_TOO)),
      groups: namesOf(await store.list('groups', ARCHIVED_TOO)),
    },
    ownStatuses: await ownStatusNames(store),
    groups: { campaigns: groupsOf(campaigns), landings: groupsOf(landings), offers: groupsOf(offers) },
  }
}

/** Their clicks are still in reports. */
const ARCHIVED_TOO = { includeDeleted: true } as const

const namesOf = (all: readonly { readonly id: number; readonly name?: string | null }[]): Map<number, string> =>
  new Map(all.flatMap(({ id, name }) => (name ? [[id, name] as const] : [])))

const groupsOf = (all: readonly { readonly id: number; readonly group_id: number | null }[]): Map<number, number> =>
  new Map(all.flatMap(({ id, group_id: groupId }) => (groupId === null ? [] : [[id, groupId] as const])))
