import { presentMoney } from '@trackyard/core/entities/fields.ts'
import {
  type EntityKind,
  type EntityOf,
  entities,
  type FieldsOf,
  isEntityKind,
} from '@trackyard/core/entities/index.ts'
import { parseChangedFields, parseNewFields } from '@trackyard/core/entities/parse.ts'
import { referenceProblems } from '@trackyard/core/entities/reference-problems.ts'
import { quoted } from '@trackyard/core/plain-words.ts'
import { fail, ok, type Problem, problem, type Result } from '@trackyard/core/result.ts'
import { lookupFields } from '../../stores/config/port.ts'
import { unrestricted } from '../auth/reach.ts'
import type { Backend } from '../context.ts'
import { moneyText } from '../dialect/values.ts'
import type { Input } from '../http/read-body.ts'
import { referenceDoubts } from './reference-doubts.ts'
import type { ChangedBy, Resource, SaveTools } from './resource.ts'

type State = EntityOf<EntityKind>['state']

/**
 * Creates entities from what a client wrote: all of them or, when one is refused, none. `own` are fields that the
 * server writes.
 */
export async function createEntities<Kind extends EntityKind>(
  resource: Resource<Kind>,
  inputs: readonly Input[],
  by: ChangedBy,
  backend: Backend,
  own: Input = {},
): Promise<Result<readonly EntityOf<Kind>[]>> {
  return inChange(backend, by, async (tools) => {
    const made: EntityOf<Kind>[] = []
    for (const input of inputs) {
      const refused = <T>(result: Result<T>): Result<T> => {
        const sent = inSentNames(resource, input, result)
        return inputs.length > 1 ? withName(String(input.name), sent) : sent
      }
      const given = withoutKeys(withAliases(resource, resource.reads?.(input) ?? input, null), resource.serverFields)
      const parsed = parseNewFields(resource.kind, (await resource.withTemplate?.(given, tools)) ?? given)
      if (!parsed.ok) return refused(parsed)
      const saved = await save(resource, { ...parsed.value, ...own }, null, tools)
      if (!saved.ok) return refused(saved)
      made.push(saved.value)
    }
    return ok(made)
  })
}

/** Changes the fields that are present in `input` (reference admin-api §1.10); lists replace what was there. */
export async function updateEntity<Kind extends EntityKind>(
  resource: Resource<Kind>,
  id: number,
  input: Input,
  by: ChangedBy,
  backend: Backend,
  own: Input = {},
): Promise<Result<EntityOf<Kind>>> {
  return inChange(backend, by, async (tools) => {
    const current = await tools.writer.get(resource.kind, id)
    if (!current || (resource.hidesArchived && current.state === 'deleted')) return notFound(resource.kind, id)
    const given = withoutKeys(withAliases(resource, resource.reads?.(input) ?? input, current), resource.serverFields)
    const changes = withoutKeys(given, [...(resource.frozen ?? []), ...sameMoney(resource.kind, given, current)])
    const parsed = parseChangedFields(resource.kind, changes)
    if (!parsed.ok) return inSentNames(resource, input, parsed)
    const fields = { ...toFields(current), ...parsed.value, ...own }
    return inSentNames(resource, input, await save(resource, fields, current, tools))
  })
}

/** Archives, restores, enables or disables. Restoring is the one that finds archived entities of every kind. */
export async function changeState<Kind extends EntityKind>(
  resource: Resource<Kind>,
  id: number,
  state: State,
  by: ChangedBy,
  backend: Backend,
  findsArchived: boolean,
): Promise<Result<EntityOf<Kind>>> {
  return inChange(backend, by, async (tools) => {
    const current = await tools.writer.get(resource.kind, id)
    if (!current || (!findsArchived && resource.hidesArchived && current.state === 'deleted'))
      return notFound(resource.kind, id)
    if (current.state === state) return ok(current)
    const fields: FieldsOf<Kind> = { ...toFields(current), state }
    // Archiving must always work, even for what could not be saved today.
    if (state === 'deleted') {
      const archived = await tools.writer.update(resource.kind, id, fields)
      await tellDoubts(resource, archived, tools)
      return ok(archived)
    }
    return save(resource, fields, current, tools)
  })
}

/** Deletes for good. */
export async function removeEntity<Kind extends EntityKind>(
  resource: Resource<Kind>,
  id: number,
  by: ChangedBy,
  backend: Backend,
): Promise<Result<EntityOf<Kind>>> {
  return inChange(backend, by, async (tools) => {
    const current = await tools.writer.get(resource.kind, id)
    if (!current) return notFound(resource.kind, id)
    const refused = (await resource.refuseRemoval?.(current, tools)) ?? []
    if (refused.length > 0) return fail(...refused)
    await resource.beforeRemoval?.(current, tools)
    await tools.writer.remove(resource.kind, id)
    return ok(current)
  })
}

export const notFound = (kind: EntityKind, id: number) =>
  fail(problem('not_found', `There is no ${entities[kind].label} ${id === 0 ? 'with this id' : id}.`))

/** The order of the checks: schema (done), references, uniqueness, rules of the resource, and then whether it compiles. */
export async function save<Kind extends EntityKind>(
  resource: Resource<Kind>,
  fields: FieldsOf<Kind>,
  current: EntityOf<Kind> | null,
  tools: SaveTools,
): Promise<Result<EntityOf<Kind>>> {
  const { kind } = resource
  const complete = (await resource.complete?.(fields, current, tools)) ?? fields
  const problems = [
    ...(await missingReferences(kind, complete, current, tools)),
    ...(await takenValue(kind, complete, current, tools)),
    ...((await resource.check?.(complete, current, tools)) ?? []),
  ]
  if (problems.length > 0) return fail(...problems)
  const saved = current
    ? await tools.writer.update(kind, current.id, complete)
    : await tools.writer.insert(kind, complete)
  // Whether it compiles depends on everything it is made of, seen by this user or not.
  const refused = (await resource.verify?.(saved, { ...tools, writer: unrestricted(tools.writer) }, !current)) ?? []
  if (refused.length > 0) return fail(...refused)
  await tellDoubts(resource, saved, tools, current === null)
  return ok(saved)
}

/** Tells what is accepted and probably not meant. */
export async function tellDoubts<Kind extends EntityKind>(
  resource: Pick<Resource<Kind>, 'kind' | 'doubts'>,
  entity: EntityOf<Kind>,
  tools: SaveTools,
  isNew = false,
): Promise<void> {
  const loose = entity.state === 'deleted' ? [] : await referenceDoubts(resource.kind, entity, tools)
  for (const doubt of [...((await resource.doubts?.(entity, tools, isNew)) ?? []), ...loose]) tools.hint(doubt)
}

export async function inChange<T>(
  backend: Backend,
  by: ChangedBy,
  work: (tools: SaveTools) => Promise<Result<T>>,
): Promise<Result<T>> {
  const { configStore, clock, settings, snapshotPublisher, files, secretBox } = backend
  const nowMs = clock.nowMs()
  const exchange = await backend.currencies.exchange()
  const hints: string[] = []
  const hint = (sentence: string): void => void hints.push(sentence)
  const result = await configStore.change({ actor: by.actor.name, atMs: nowMs }, (writer) =>
    work({ writer, settings, exchange, nowMs, files, secretBox, hint }),
  )
  if (!result.ok) return result
  snapshotPublisher.changed()
  // What was refused is no longer doubtful.
  hints.forEach(by.hint)
  return result
}

/** References to what does not exist or is archived. One that was there before stays: whole objects are put back. */
async function missingReferences<Kind extends EntityKind>(
  kind: Kind,
  fields: FieldsOf<Kind>,
  current: EntityOf<Kind> | null,
  { writer }: SaveTools,
): Promise<Problem[]> {
  const values: Readonly<Record<string, unknown>> = fields
  const before: Readonly<Record<string, unknown>> = current ?? {}
  const references: Readonly<Record<string, string>> = entities[kind].references
  const problems: Problem[] = []
  for (const [field, target] of Object.entries(references)) {
    const id = values[field]
    if (typeof id !== 'number' || id === before[field] || !isEntityKind(target)) continue
    problems.push(...referenceProblems(entities[target].label, id, await writer.get(target, id), field))
  }
  return problems
}

async function takenValue<Kind extends EntityKind>(
  kind: Kind,
  fields: FieldsOf<Kind>,
  current: EntityOf<Kind> | null,
  { writer }: SaveTools,
): Promise<Problem[]> {
  const field = lookupFields[kind].unique
  if (field === null || fields.state === 'deleted') return []
  const values: Readonly<Record<string, unknown>> = fields
  const before: Readonly<Record<string, unknown>> | null = current
  if (current?.state !== 'deleted' && before?.[field] === values[field]) return []
  const other = await writer.findUnique(kind, String(values[field]))
  if (!other || other.id === current?.id) return []
  const name = `${field[0]?.toUpperCase()}${field.slice(1)}`
  const isVisible = (await writer.get(kind, other.id)) !== null
  const owner = isVisible ? ` by ${entities[kind].label} ${other.id}` : ''
  return [problem('validation', `${name} is already used${owner}`, field)]
}

/** Money that comes back as it was shown with four decimals: the digits that were not shown must not be lost. */
function sameMoney<Kind extends EntityKind>(kind: Kind, input: Input, current: EntityOf<Kind>): readonly string[] {
  const stored: Readonly<Record<string, unknown>> = current
  const fields: readonly string[] = entities[kind].moneyFields
  return fields.filter((field) => {
    const micros = stored[field]
    return typeof micros === 'number' && input[field] === moneyText(presentMoney(micros))
  })
}

const withoutKeys = (input: Input, keys: readonly string[] | undefined): Input =>
  keys ? Object.fromEntries(Object.entries(input).filter(([key]) => !keys.includes(key))) : input

/**
 * Puts values sent under older names where they belong. When both names are there, as in an object that was read and
 * is put back, the one that differs from what is stored wins.
 */
function withAliases<Kind extends EntityKind>(
  resource: Resource<Kind>,
  input: Input,
  current: EntityOf<Kind> | null,
): Input {
  const stored: Readonly<Record<string, unknown>> = current ?? {}
  const result: Record<string, unknown> = { ...input }
  for (const [alias, field] of Object.entries(resource.aliases ?? {})) {
    if (!Object.hasOwn(input, alias)) continue
    const isUnchanged = current !== null && String(input[field]) === String(stored[field])
    if (!Object.hasOwn(input, field) || isUnchanged) result[field] = input[alias]
  }
  return result
}

/** Problems of one of several that a request makes say which it is. */
function withName<T>(name: string, result: Result<T>): Result<T> {
  if (result.ok) return result
  return fail(...result.problems.map((one) => ({ ...one, message: `${quoted(name)}: ${one.message}` })))
}

/** Problems at the names that the client used: who sent `url` looks for no `action_payload`. */
function inSentNames<Kind extends EntityKind, T>(resource: Resource<Kind>, input: Input, result: Result<T>): Result<T> {
  if (result.ok) return result
  const sent = new Map(
    Object.entries(resource.aliases ?? {}).flatMap(([alias, field]) =>
      Object.hasOwn(input, alias) && !Object.hasOwn(input, field) ? [[field, alias] as const] : [],
    ),
  )
  const renamed = result.problems.map(({ code, message, at }) => {
    const [field = '', ...rest] = at?.split('.') ?? []
    return problem(code, message, at === undefined ? at : [sent.get(field) ?? field, ...rest].join('.'))
  })
  return fail(...renamed)
}

export function toFields<Kind extends EntityKind>(entity: EntityOf<Kind>): FieldsOf<Kind> {
  const { id: _id, created_at_ms: _created, updated_at_ms: _updated, ...fields } = entity
  // What is left of an entity without id and times are its fields; TypeScript does not follow that for a generic kind.
  return fields as unknown as FieldsOf<Kind>
}
