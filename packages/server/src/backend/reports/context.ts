import type { EntityKind } from '@trackyard/core/entities/index.ts'
import { reportsOn } from '@trackyard/core/permissions.ts'
import type { ReportContext } from '@trackyard/core/report/context.ts'
import type { ConfigStore } from '../../stores/config/port.ts'
import type { Actor } from '../auth/actor.ts'
import { unrestricted } from '../auth/reach.ts'
import { settingOf } from '../settings/setting-store.ts'

type Cached = { readonly version: number; readonly names: ReportContext['names'] }

// Names change rarely and reports come often; reading thousands of names costs more than many a report.
const cache = new WeakMap<ConfigStore, Cached>()

/** What a report needs to know besides its request: names and campaigns are those that the asker sees. */
export async function reportContext(store: ConfigStore, nowMs: number, { access }: Actor): Promise<ReportContext> {
  const campaignIds =
    reportsOn(access) === 'all' ? null : (await store.list('campaigns', { includeDeleted: true })).map(({ id }) => id)
  const names = access.isAdministrator ? await loadNames(unrestricted(store)) : await readNames(store)
  return { names, campaignIds, nowMs, defaultTimeZone: await settingOf(store, 'timezone'), firstWeekday: 1 }
}

async function loadNames(store: ConfigStore): Promise<ReportContext['names']> {
  const version = await store.version()
  const known = cache.get(store)
  if (known?.version === version) return known.names
  const names = await readNames(store)
  cache.set(store, { version, names })
  return names
}

async function readNames(store: ConfigStore): Promise<ReportContext['names']> {
  return {
    campaigns: await namesOf(store, 'campaigns'),
    streams: await namesOf(store, 'streams'),
    landings: await namesOf(store, 'landing_pages'),
    offers: await namesOf(store, 'offers'),
    affiliate_networks: await namesOf(store, 'affiliate_networks'),
    traffic_sources: await namesOf(store, 'traffic_sources'),
  }
}

/** Archived ones too: their clicks are still in reports. */
async function namesOf(store: ConfigStore, kind: EntityKind): Promise<Map<number, string>> {
  const all = await store.list(kind, { includeDeleted: true })
  return new Map(all.flatMap(({ id, name }) => (name ? [[id, name] as const] : [])))
}
