import {
  type EntityKind,
  type EntityOf,
  entities,
  type FieldsOf,
  isEntityKind,
} from '@trackyard/core/entities/index.ts'
import { accessAreas, mayCreate, mayOpen, namedGroups, reportsOn } from '@trackyard/core/permissions.ts'
import { type Problem, problem } from '@trackyard/core/result.ts'
import {
  type ConfigReader,
  type ConfigStore,
  type ConfigWriter,
  lookupFields,
  type UniqueValue,
} from '../../stores/config/port.ts'
import type { EventQuery } from '../../stores/events/port.ts'
import type { Backend } from '../context.ts'
import { type Actor, authorOf } from './actor.ts'
import { guardedEventWriter } from './event-reach.ts'
import { createJudge, groupIdOf, type Judge } from './judge.ts'
import { changedByTriggers } from './trigger-targets.ts'

/**
 * The backend as one user may see it. Handlers get this one: what the user may not see is not there for them, and
 * writing what the user may not change ends the change. So a handler that forgets about rights still leaks nothing.
 */
export function withinReach(backend: Backend, actor: Actor): Backend {
  const { configStore } = backend
  const change: ConfigStore['change'] = (by, work) => configStore.change({ ...by, ...authorOf(actor) }, work)
  if (actor.access.isAdministrator)
    return { ...backend, configStore: rememberWhole({ ...configStore, change }, configStore) }
  const store: ConfigStore = {
    ...configStore,
    ...visible(configStore, actor, createJudge(configStore, actor)),
    async change(by, work) {
      try {
        return await change(by, (writer) => work(guarded(writer, actor)))
      } catch (thrown) {
        if (thrown instanceof OutOfReach) return { ok: false, problems: [thrown.problem] }
        throw thrown
      }
    },
    async savePreferences(userId, preferences) {
      if (userId !== actor.userId) throw new Error(`User ${actor.userId} tried to write preferences of user ${userId}`)
      return configStore.savePreferences(userId, preferences)
    },
    async removeAudit() {
      throw new Error('A restricted user tried to clean the audit log')
    },
  }
  const scoped = rememberWhole(store, configStore)
  const eventStore = visibleEvents(backend.eventStore, scoped, actor)
  const eventWriter = guardedEventWriter(backend.eventWriter, backend.eventStore, configStore, actor)
  return { ...backend, configStore: scoped, eventStore, eventWriter }
}

/** The reader behind one that was narrowed: for checks that concern everybody, such as whether a campaign compiles. */
export function unrestricted<Reader extends ConfigReader>(reader: Reader): Reader {
  // Only narrowed readers are in there, each with the reader of the same type that it was made from.
  return (wholes.get(reader) as Reader | undefined) ?? reader
}
const wholes = new WeakMap<ConfigReader, ConfigReader>()

function rememberWhole<Reader extends ConfigReader>(narrowed: Reader, whole: Reader): Reader {
  wholes.set(narrowed, whole)
  return narrowed
}

/** Thrown out of a change to undo it; becomes a problem again at its edge. */
class OutOfReach extends Error {
  readonly problem: Problem
  constructor(refused: Problem) {
    super(refused.message)
    this.problem = refused
  }
}

function visible(reader: ConfigReader, actor: Actor, judge: Judge): ConfigReader {
  const only = async <Kind extends EntityKind>(
    kind: Kind,
    list: readonly EntityOf<Kind>[],
  ): Promise<EntityOf<Kind>[]> => {
    const seen: EntityOf<Kind>[] = []
    for (const one of list) if (await judge.mayRead(kind, one)) seen.push(one)
    return seen
  }
  const self = async () => (actor.userId === null ? null : reader.getUser(actor.userId))
  return {
    async list(kind, { limit, offset = 0, ...options } = {}) {
      const all = await only(kind, await reader.list(kind, options))
      return all.slice(offset, limit === undefined ? undefined : offset + limit)
    },
    async get(kind, id) {
      const found = await reader.get(kind, id)
      return found && (await judge.mayRead(kind, found)) ? found : null
    },
    getMany: async (kind, ids) => only(kind, await reader.getMany(kind, ids)),
    // Aliases and names are unique among all there are; callers must not show what they find.
    findUnique: reader.findUnique,
    getMeta: reader.getMeta,
    listMeta: async () => new Map(),
    async listLabels(query) {
      const campaign = await reader.get('campaigns', query.campaignId)
      return campaign && (await judge.mayRead('campaigns', campaign)) ? reader.listLabels(query) : new Map()
    },
    async listLabelled(refNames) {
      const campaigns = await only('campaigns', await reader.list('campaigns', { includeDeleted: true }))
      const ids = new Set(campaigns.map(({ id }) => id))
      return (await reader.listLabelled(refNames)).filter(({ campaignId }) => ids.has(campaignId))
    },
    listFavourites: async () =>
      (await reader.listFavourites()).filter(({ userId, isShared }) => isShared || userId === actor.userId),
    // What money is worth is no secret.
    listRateDays: reader.listRateDays,
    listOverrides: reader.listOverrides,
    ratesVersion: reader.ratesVersion,
    listUnique: async (kind, afterId, limit) =>
      (await only(kind, await reader.list(kind)))
        .filter(({ id }) => id > afterId)
        .slice(0, limit)
        .flatMap((entity) => uniqueValueOf(kind, entity)),
    findUniques: reader.findUniques,
    count: async (kind) => (await only(kind, await reader.list(kind))).length,
    version: reader.version,
    listUsers: async () => [await self()].flatMap((user) => user ?? []),
    getUser: async (id) => (id === actor.userId ? self() : null),
    findUser: async (login) => (login === actor.login ? self() : null),
    findApiKey: async () => null,
    listApiKeys: async () => (actor.userId === null ? [] : reader.listApiKeys(actor.userId)),
    listCreatedBy: async (kind, userId) => (userId === actor.userId ? reader.listCreatedBy(kind, userId) : new Set()),
    /** The history of one visible entity; the log as a whole is for administrators. */
    async listAudit(query) {
      if (query.kind === undefined || query.entityId === undefined || !isEntityKind(query.kind)) return []
      const found = await reader.get(query.kind, query.entityId)
      return found && (await judge.mayRead(query.kind, found)) ? reader.listAudit(query) : []
    },
  }
}

function guarded(writer: ConfigWriter, actor: Actor): ConfigWriter {
  const judge = createJudge(writer, actor)
  const seen = visible(writer, actor, judge)
  const written = async <T>(work: Promise<T>): Promise<T> => {
    const result = await work
    judge.forget()
    return result
  }
  const mayChange = async (kind: EntityKind, id: number): Promise<object> => {
    const current = await seen.get(kind, id)
    if (!current)
      throw new OutOfReach(
        problem('forbidden', `This would change a ${entities[kind].label} that is not yours to change.`),
      )
    if (!mayOpen(actor.access, accessAreas[kind].key) || !(await judge.mayWrite(kind, current)))
      throw new OutOfReach(problem('forbidden', `You have no permission to change ${entities[kind].label} ${id}.`))
    // Else whoever may not widen an entry of the black list could narrow or delete one that is for others, too.
    const beyond = await beyondScope(kind, current, writer, judge)
    if (beyond)
      throw new OutOfReach(
        problem('forbidden', `You have no permission to change ${entities[kind].label} ${id}: it ${beyond.is}.`),
      )
    return current
  }
  const onlyAboutSelf = (id: number): void => {
    if (id !== actor.userId) throw new OutOfReach(problem('forbidden', 'You have no permission to change users.'))
  }
  const onlyOwnFavourite = (userId: number | null | undefined): void => {
    if (userId !== actor.userId)
      throw new OutOfReach(problem('forbidden', 'You have no permission to change favourite reports of others.'))
  }
  const ownerOfFavourite = async (id: number): Promise<number | null | undefined> =>
    (await writer.listFavourites()).find((one) => one.id === id)?.userId
  const never = async (): Promise<never> => {
    throw new OutOfReach(problem('forbidden', 'You have no permission to change settings or users.'))
  }
  const narrowed: ConfigWriter = {
    ...writer,
    ...seen,
    async insert(kind, fields) {
      await mayMake(kind, fields, actor, writer, judge)
      await checkScope(kind, fields, writer, judge)
      await checkNamed(fields, {}, actor, seen)
      for (const target of changedByTriggers(kind, fields, {})) await mayChange(target.kind, target.id)
      return written(writer.insert(kind, fields))
    },
    async update(kind, id, fields) {
      const before = await mayChange(kind, id)
      await checkScope(kind, fields, writer, judge)
      await checkNamed(fields, before, actor, seen)
      for (const target of changedByTriggers(kind, fields, before)) await mayChange(target.kind, target.id)
      const after = await written(writer.update(kind, id, fields))
      if (!(await judge.mayWrite(kind, after)))
        throw new OutOfReach(
          problem('validation', `This would take the ${entities[kind].label} out of your reach`, 'group_id'),
        )
      return after
    },
    async insertMany(kind, given) {
      const list = [...given]
      for (const fields of list) {
        await mayMake(kind, fields, actor, writer, judge)
        await checkScope(kind, fields, writer, judge)
        await checkNamed(fields, {}, actor, seen)
      }
      return written(writer.insertMany(kind, list))
    },
    async removeMany(kind, ids) {
      for (const id of ids) await mayChange(kind, id)
      return written(writer.removeMany(kind, ids))
    },
    async remove(kind, id) {
      await mayChange(kind, id)
      return written(writer.remove(kind, id))
    },
    async setLabels(campaignId, refName, items) {
      if (!mayOpen(actor.access, 'labels'))
        throw new OutOfReach(problem('forbidden', 'You have no permission to open labels: ask an administrator.'))
      await mayChange('campaigns', campaignId)
      return writer.setLabels(campaignId, refName, items)
    },
    async insertFavourite(fields) {
      onlyOwnFavourite(fields.userId)
      return writer.insertFavourite(fields)
    },
    async updateFavourite(id, fields) {
      onlyOwnFavourite(await ownerOfFavourite(id))
      onlyOwnFavourite(fields.userId)
      return writer.updateFavourite(id, fields)
    },
    async removeFavourite(id) {
      onlyOwnFavourite(await ownerOfFavourite(id))
      return writer.removeFavourite(id)
    },
    addRateDays: never,
    addOverride: never,
    endOverride: never,
    setMeta: never,
    deleteMeta: never,
    insertUser: never,
    removeUser: never,
    saveUser: never,
    async updateUser(id, changes) {
      onlyAboutSelf(id)
      if ('type' in changes || 'access' in changes || 'state' in changes) return never()
      return writer.updateUser(id, changes)
    },
    async insertApiKey(key) {
      onlyAboutSelf(key.userId)
      return writer.insertApiKey(key)
    },
    async removeApiKey(id) {
      const own = await seen.listApiKeys()
      if (!own.some((key) => key.id === id)) throw new OutOfReach(problem('not_found', `You have no API key ${id}.`))
      return writer.removeApiKey(id)
    },
    async removeSessions(userId, exceptHash) {
      onlyAboutSelf(userId)
      return writer.removeSessions(userId, exceptHash)
    },
  }
  return rememberWhole(narrowed, writer)
}

async function mayMake<Kind extends EntityKind>(
  kind: Kind,
  fields: FieldsOf<Kind>,
  { access }: Actor,
  writer: ConfigReader,
  judge: Judge,
): Promise<void> {
  const { label } = entities[kind]
  const area = accessAreas[kind]
  const refused = (): OutOfReach =>
    new OutOfReach(problem('forbidden', `You have no permission to create this ${label}.`))
  if (!mayOpen(access, area.key)) throw refused()
  if ('through' in area) {
    const parentId = Number(Object.entries(fields).find(([key]) => key === area.through.field)?.[1])
    const parent = await writer.get(area.through.kind, parentId)
    if (!parent || !(await judge.mayWrite(area.through.kind, parent))) throw refused()
  }
  if (mayCreate(access, kind, groupIdOf(fields))) return
  const { groups } = access.kinds[kind]
  if (groups.length === 0) throw refused()
  const message = `You may create a ${label} in your groups only: choose one of ${groups.join(', ')}`
  throw new OutOfReach(problem('validation', message, 'group_id'))
}

function uniqueValueOf<Kind extends EntityKind>(kind: Kind, entity: EntityOf<Kind>): UniqueValue[] {
  const { unique } = lookupFields[kind]
  const value = Object.entries(entity).find(([key]) => key === unique)?.[1]
  return typeof value === 'string' ? [{ id: entity.id, value }] : []
}

/** What is wrong with the campaigns of a black list entry: in words for one that is there, and for one that is written. */
interface Beyond {
  readonly is: string
  readonly must: string
}

/** A black list entry decides about the visitors of campaigns, so these must be the user's to change; all of them are nobody's. */
async function beyondScope(
  kind: EntityKind,
  fields: object,
  writer: ConfigReader,
  judge: Judge,
): Promise<Beyond | null> {
  if (kind !== 'blacklist' || !('campaign_ids' in fields) || !Array.isArray(fields.campaign_ids)) return null
  const ids: number[] = fields.campaign_ids.filter((id) => typeof id === 'number')
  if (ids.length === 0)
    return {
      is: 'is for all campaigns',
      must: 'must name the campaigns it is for: an entry for all takes an administrator',
    }
  for (const campaign of await writer.getMany('campaigns', ids)) {
    if (!(await judge.mayWrite('campaigns', campaign)))
      return { is: 'is for campaigns that are not yours to change', must: 'must name campaigns that you may change' }
  }
  return null
}

async function checkScope(kind: EntityKind, fields: object, writer: ConfigReader, judge: Judge): Promise<void> {
  const beyond = await beyondScope(kind, fields, writer, judge)
  if (beyond) throw new OutOfReach(problem('validation', beyond.must, 'campaign_ids'))
}

/** Fields that name other entities and that resources do not check, because unknown ids count as none there. */
export const LOOSE_REFERENCES: Readonly<Record<string, EntityKind>> = {
  traffic_source_id: 'traffic_sources',
  domain_id: 'domains',
  group_id: 'groups',
}

/** New references to what the user cannot see: macros and reports would show its name. */
async function checkNamed(fields: object, before: object, { access }: Actor, seen: ConfigReader): Promise<void> {
  const old = new Map<string, unknown>(Object.entries(before))
  for (const [field, id] of Object.entries(fields)) {
    const target = LOOSE_REFERENCES[field]
    if (!target || typeof id !== 'number' || old.get(field) === id) continue
    if (target === 'groups' && namedGroups(access).includes(id)) continue
    if (await seen.get(target, id)) continue
    throw new OutOfReach(problem('validation', `There is no ${entities[target].label} ${id}`, field))
  }
}

function visibleEvents(events: Backend['eventStore'], seen: ConfigReader, { access }: Actor): Backend['eventStore'] {
  if (reportsOn(access) === 'all') return events
  const loadStates: Backend['eventStore']['loadStates'] = async (subIds) => {
    const states = await events.loadStates(subIds)
    const ids = [...states.values()].map(({ row }) => Number(row.campaign_id ?? 0))
    const campaigns = new Set((await seen.getMany('campaigns', ids)).map((campaign) => campaign.id))
    return new Map([...states].filter(([, { row }]) => campaigns.has(Number(row.campaign_id ?? 0))))
  }
  return {
    loadStates,
    sweeps: () => events.sweeps(),
    months: async () => Promise.reject(new Error('A restricted user asked what the whole installation stores')),
    emptyLog: async () => Promise.reject(new Error('A restricted user tried to empty a log')),
    loadConversions: async (subIds) => events.loadConversions([...(await loadStates(subIds)).keys()]),
    async countEach({ selections, ...clicks }, limits) {
      const asked = new Set(selections.flatMap(({ campaignIds }) => campaignIds ?? []))
      const visible = new Set((await seen.getMany('campaigns', [...asked])).map(({ id }) => id))
      const own = selections.map((selection) => ({
        ...{ ...selection, campaignIds: (selection.campaignIds ?? []).filter((id) => visible.has(id)) },
      }))
      return events.countEach({ ...clicks, selections: own }, limits)
    },
    async query(query, limits) {
      assertNarrowed(query)
      return events.query(query, limits)
    },
    stream(query, limits) {
      assertNarrowed(query)
      return events.stream(query, limits)
    },
  }
}

/** The last line: a statement that does not say whose campaigns it is about is a bug, not an answer. */
function assertNarrowed({ sql }: EventQuery): void {
  if (!/campaign_id IN \{/.test(sql)) throw new Error('A restricted user asked for events of all campaigns')
}
