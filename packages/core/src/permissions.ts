import { type EntityKind, isEntityKind } from './entities/index.ts'
import { type Problem, problem, type Result } from './result.ts'

/** What a kind of access lets a user reach: everything, what was granted one by one, or nothing. */
interface AccessTypeDef {
  readonly help: string
  readonly reads: 'all' | 'granted' | 'none'
  readonly writes: 'all' | 'granted' | 'none'
  /** Which things count as granted: those the user created, and those listed by id or group. */
  readonly grants: { readonly own: boolean; readonly listed: boolean }
}

const NOTHING = { own: false, listed: false }

/** Kinds of access, by their names in `access_data` (reference conversions-and-reports §9.2); `own` and `none` are ours. */
export const accessTypes = {
  full_access: { help: 'Reads and changes everything.', reads: 'all', writes: 'all', grants: NOTHING },
  read_only: { help: 'Reads everything, changes nothing.', reads: 'all', writes: 'none', grants: NOTHING },
  to_groups_and_selected: {
    help: 'Reads and changes what is in the listed groups or listed by id.',
    reads: 'granted',
    writes: 'granted',
    grants: { own: false, listed: true },
  },
  created_by_user_groups_and_selected: {
    help: 'The same, and what the user created.',
    reads: 'granted',
    writes: 'granted',
    grants: { own: true, listed: true },
  },
  own: {
    help: 'Reads and changes what the user created.',
    reads: 'granted',
    writes: 'granted',
    grants: { own: true, listed: false },
  },
  none: { help: 'Nothing.', reads: 'none', writes: 'none', grants: NOTHING },
} as const satisfies Record<string, AccessTypeDef>
export type AccessType = keyof typeof accessTypes

/** Parts of Trackyard a user may be let into (reference conversions-and-reports §9.2). */
export const SECTIONS = [
  ...['archive', 'dashboard', 'campaigns', 'conversions', 'migrations', 'cleaner', 'trends', 'country_profiles'],
  ...['domains', 'clicks', 'landings', 'reports', 'affiliate_networks', 'groups', 'traffic_sources', 'api_keys'],
  ...['labels', 'offers', 'streams', 'bots', 'blacklist', 'filters'],
] as const
export type Section = (typeof SECTIONS)[number]

interface AccessArea {
  /** Prefix in `access_data`, and the section that must be open. */
  readonly key: Section
  /** Entities of this kind are in groups. */
  readonly grouped: boolean
  /** What applies when `access_data` says nothing: nothing, unless something else decides already. */
  readonly fallback: AccessType
  /** Rights are those on the entity this field names; the kind's own type can only take away. */
  readonly through?: { readonly kind: EntityKind; readonly field: string }
  /** Nobody else can be let in: such things see or send the data of all campaigns. */
  readonly administratorsOnly?: true
}

/** How access to each kind of entity is written down. A kind without an entry does not compile. */
export const accessAreas = {
  campaigns: { key: 'campaigns', grouped: true, fallback: 'none' },
  streams: {
    key: 'streams',
    grouped: false,
    fallback: 'full_access',
    through: { kind: 'campaigns', field: 'campaign_id' },
  },
  offers: { key: 'offers', grouped: true, fallback: 'none' },
  landing_pages: { key: 'landings', grouped: true, fallback: 'none' },
  affiliate_networks: { key: 'affiliate_networks', grouped: false, fallback: 'none' },
  traffic_sources: { key: 'traffic_sources', grouped: false, fallback: 'none' },
  domains: { key: 'domains', grouped: true, fallback: 'none' },
  groups: { key: 'groups', grouped: false, fallback: 'none' },
  bots: { key: 'bots', grouped: false, fallback: 'none' },
  blacklist: { key: 'blacklist', grouped: false, fallback: 'none' },
  filters: { key: 'filters', grouped: false, fallback: 'none' },
  postbacks: { key: 'conversions', grouped: false, fallback: 'none', administratorsOnly: true },
  integrations: { key: 'conversions', grouped: false, fallback: 'none', administratorsOnly: true },
  conversion_types: { key: 'conversions', grouped: false, fallback: 'none', administratorsOnly: true },
} as const satisfies Record<EntityKind, AccessArea>

export interface KindAccess {
  readonly type: AccessType
  readonly ids: readonly number[]
  readonly groups: readonly number[]
}

/** What one user may do. */
export interface Access {
  readonly isAdministrator: boolean
  readonly kinds: Readonly<Record<EntityKind, KindAccess>>
  /** Open sections; null: every one the rest leaves anything in. */
  readonly sections: readonly Section[] | null
  /** Report columns the user may see; null: all. */
  readonly columns: readonly string[] | null
}

/** What the rules ask of an entity. */
export interface Subject {
  readonly id: number
  readonly groupId: number | null
  /** The asking user created it. */
  readonly isOwn: boolean
}

/** May the user see this entity? For kinds with `through`, ask for the entity it belongs to as well. */
export const mayRead = (access: Access, kind: EntityKind, subject: Subject): boolean =>
  reaches(access, kind, subject, 'reads')

/** May the user change this entity? */
export const mayWrite = (access: Access, kind: EntityKind, subject: Subject): boolean =>
  reaches(access, kind, subject, 'writes')

/** Could the user create anything of this kind? Only what the user may change afterwards can be created. */
export function mayCreateSome(access: Access, kind: EntityKind): boolean {
  if (access.isAdministrator) return true
  const { type, groups } = access.kinds[kind]
  const { writes, grants } = accessTypes[type]
  if ('through' in accessAreas[kind]) return writes !== 'none'
  return writes === 'all' || (writes === 'granted' && (grants.own || (grants.listed && groups.length > 0)))
}

/** May the user create one in this group? */
export const mayCreate = (access: Access, kind: EntityKind, groupId: number | null): boolean =>
  mayWrite(access, kind, { id: 0, groupId, isOwn: true })

export const mayOpen = (access: Access, section: Section): boolean =>
  access.isAdministrator || access.sections === null || access.sections.includes(section)

/** Which campaigns reports and logs show: all, or those the user sees. */
export const reportsOn = (access: Access): 'all' | 'visible' =>
  access.isAdministrator || accessTypes[access.kinds.campaigns.type].reads === 'all' ? 'all' : 'visible'

export const maySeeColumn = (access: Access, column: string): boolean =>
  access.isAdministrator || access.columns === null || access.columns.includes(column)

/** Groups that are named in the user's access: their names may be shown. */
export const namedGroups = (access: Access): readonly number[] =>
  Object.values(access.kinds).flatMap(({ type, groups }) => {
    const def: AccessTypeDef = accessTypes[type]
    return def.grants.listed ? groups : []
  })

function reaches(access: Access, kind: EntityKind, subject: Subject, what: 'reads' | 'writes'): boolean {
  if (access.isAdministrator) return true
  const area: AccessArea = accessAreas[kind]
  const { type, ids, groups } = access.kinds[kind]
  const def: AccessTypeDef = accessTypes[type]
  if (kind === 'groups' && what === 'reads' && namedGroups(access).includes(subject.id)) return true
  if (def[what] !== 'granted') return def[what] === 'all'
  if (area.through) return true
  if (def.grants.own && subject.isOwn) return true
  if (!def.grants.listed) return false
  return ids.includes(subject.id) || (area.grouped && subject.groupId !== null && groups.includes(subject.groupId))
}

const KINDS = Object.keys(accessAreas).filter(isEntityKind)

/** Access to everything, for administrators. */
export const administratorAccess: Access = {
  isAdministrator: true,
  kinds: kindsOf(() => ({ type: 'full_access', ids: [], groups: [] })),
  sections: null,
  columns: null,
}

/**
 * Reads `access_data`. Ids may be text; keys that are not known are ignored, as clients put whole objects back. What is
 * not said is not allowed, but sections and report columns, which only take away, are all open unless listed.
 */
export function parseAccess(input: unknown): Result<Access> {
  const data = isRecord(input) ? input : {}
  const problems: Problem[] = []
  if (input !== undefined && input !== null && !isRecord(input) && !(Array.isArray(input) && input.length === 0))
    problems.push(problem('validation', 'must be an object such as {"campaigns_access_type": "own"}', 'access_data'))
  const idList = (name: string): number[] => {
    const value = data[name] ?? []
    const ids = Array.isArray(value) ? value.map(Number) : [Number.NaN]
    if (ids.every((id) => Number.isInteger(id) && id > 0)) return [...new Set(ids)]
    problems.push(problem('validation', 'must be a list of ids', `access_data.${name}`))
    return []
  }
  const nameList = <T extends string>(name: string, isKnown: (value: string) => value is T): readonly T[] | null => {
    const value = data[name] ?? null
    if (value === null) return null
    const texts = Array.isArray(value) ? value.map(String) : ['']
    const known = texts.filter(isKnown)
    if (Array.isArray(value) && known.length === texts.length) return [...new Set(known)]
    problems.push(problem('validation', 'must be a list of known names', `access_data.${name}`))
    return []
  }
  const kinds = kindsOf((kind) => {
    const { key, fallback, administratorsOnly }: AccessArea = accessAreas[kind]
    if (administratorsOnly) return { type: 'none', ids: [], groups: [] }
    const type = String(data[`${key}_access_type`] || fallback)
    if (!isAccessType(type)) {
      const valid = Object.keys(accessTypes).join(', ')
      problems.push(problem('validation', `must be one of ${valid}`, `access_data.${key}_access_type`))
    }
    const groups = [...idList(`${key}_selected_groups`), ...idList(`${key}_groups`)]
    return {
      type: isAccessType(type) ? type : 'none',
      ids: idList(`${key}_selected_entities`),
      groups: [...new Set(groups)],
    }
  })
  const allowed = nameList('allowed_resources', isSection)
  // Clients send an empty second list beside the one they mean.
  const sections = nameList('resources', isSection) ?? (allowed?.length ? allowed : null)
  const columns = nameList('reports', (value): value is string => value !== '')
  if (problems.length > 0) return { ok: false, problems }
  return {
    ok: true,
    value: { isAdministrator: false, kinds, sections, columns: columns?.length ? columns : null },
  }
}

/** `access_data` as the API shows it, every key present; reading it back gives the same access. */
export function presentAccess(access: Access): Record<string, unknown> {
  const shown: Record<string, unknown> = {}
  for (const kind of KINDS) {
    const { key, grouped, administratorsOnly }: AccessArea = accessAreas[kind]
    if (administratorsOnly) continue
    const { type, ids, groups } = access.kinds[kind]
    shown[`${key}_access_type`] = type
    shown[`${key}_selected_entities`] = ids
    if (grouped) shown[`${key}_selected_groups`] = groups
  }
  return {
    ...shown,
    resources: access.sections,
    allowed_resources: access.sections ?? [],
    reports: access.columns ?? [],
  }
}

function kindsOf(accessOf: (kind: EntityKind) => KindAccess): Record<EntityKind, KindAccess> {
  // Every kind is a key of the table, which its type makes sure of.
  return Object.fromEntries(KINDS.map((kind) => [kind, accessOf(kind)])) as Record<EntityKind, KindAccess>
}

const isAccessType = (value: string): value is AccessType => Object.hasOwn(accessTypes, value)
const isSection = (value: string): value is Section => SECTIONS.some((section) => section === value)
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
