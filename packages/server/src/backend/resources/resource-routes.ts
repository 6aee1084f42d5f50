import { type EntityKind, type EntityOf, entities } from '@trackyard/core/entities/index.ts'
import { accessAreas } from '@trackyard/core/permissions.ts'
import type { Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { administrators, entity as entityAccess, type RouteAccess } from '../auth/access.ts'
import type { Backend } from '../context.ts'
import type { Operation } from '../dialect/differences.ts'
import type { Input } from '../http/read-body.ts'
import { readQuery } from '../http/read-input.ts'
import { type ApiRequest, idOf, type Route } from '../route.ts'
import { answer } from './answer.ts'
import { cloneEntity } from './clone.ts'
import { listShape, pageOf } from './list-shape.ts'
import type { Resource, Verb } from './resource.ts'
import { changeState, createEntities, notFound, removeEntity, updateEntity } from './save.ts'
import { changeShape, creationShape, showing } from './shapes.ts'

const verbs: Record<Verb, { readonly state: 'active' | 'disabled'; readonly findsArchived: boolean }> = {
  restore: { state: 'active', findsArchived: true },
  enable: { state: 'active', findsArchived: false },
  disable: { state: 'disabled', findsArchived: false },
}

/** The routes of one kind of entity. */
export function resourceRoutes<Kind extends EntityKind>(resource: Resource<Kind>): Route[] {
  const { kind } = resource
  const { label } = entities[kind]
  const entity: typeof entityAccess = (_, verb, ...sections) =>
    'administratorsOnly' in accessAreas[kind] ? administrators(verb) : entityAccess(kind, verb, ...sections)
  const path = `/${kind}`
  const onePath = `${path}/:id`
  const listAccepts = listShape(resource)

  /** A route that changes one entity and shows it. */
  const change = (
    method: Route['method'],
    routePath: string,
    description: string,
    operation: Operation,
    work: (request: ApiRequest, backend: Backend) => Promise<Result<EntityOf<Kind>>>,
    access: RouteAccess = entity(kind, 'write'),
  ): Route => ({
    method,
    path: routePath,
    description,
    access,
    ...showing(resource, operation),
    async handle(request, backend) {
      const before = await backend.configStore.get(kind, idOf(request))
      const saved = await work(request, backend)
      return saved.ok ? answer(resource, operation, [saved.value], request, backend.configStore, before) : saved
    },
  })
  const isUpload = resource.withArchive ? { isUpload: true as const } : {}
  /** Saves input, and the files that came with it. */
  const withFiles = <T>(
    id: number | null,
    input: Input,
    backend: Backend,
    save: (input: Input, own: Input) => Promise<Result<T>>,
  ): Promise<Result<T>> =>
    resource.withArchive
      ? resource.withArchive(id, input, backend, (given, files) => save(given, files ? { files } : {}))
      : save(input, {})
  const archive = (method: Route['method'], routePath: string) =>
    change(method, routePath, `Archive ${a(label)}`, 'archive', (request, backend) =>
      changeState(resource, idOf(request), 'deleted', request, backend, false),
    )
  const remove = (routePath: string) =>
    change('DELETE', routePath, `Delete ${a(label)} for good`, 'delete', (request, backend) =>
      removeEntity(resource, idOf(request), request, backend),
    )
  const update = (method: Route['method']): Route => ({
    ...change(method, onePath, `Change the given fields of ${a(label)}`, 'update', (request, backend) =>
      withFiles(idOf(request), request.input, backend, (input, own) =>
        updateEntity(resource, idOf(request), input, request, backend, own),
      ),
    ),
    ...isUpload,
    accepts: changeShape(resource),
    example: Object.fromEntries(Object.entries(resource.example).filter(([name]) => !resource.frozen?.includes(name))),
  })
  const clone = (method: Route['method']): Route => ({
    method,
    path: `${onePath}/clone`,
    description: `Copy ${a(label)}`,
    access: entity(kind, 'create'),
    ...showing(resource, 'clone'),
    async handle(request, backend) {
      const made = await cloneEntity(resource, request, backend)
      if (!made.ok) return made
      return answer(resource, 'clone', [made.value.copy], request, backend.configStore, made.value.original)
    },
  })

  const routes: Route[] = [
    {
      method: 'GET',
      path,
      description: `List of every ${label} that is not archived`,
      access: entity(kind, 'read'),
      ...(listAccepts ? { accepts: listAccepts } : {}),
      ...showing(resource, 'list'),
      async handle(request, { configStore }) {
        const asked = readQuery(listAccepts ?? z.object({}), request.input)
        if (!asked.ok) return asked
        for (const doubt of resource.listDoubts?.(asked.value) ?? []) request.hint(doubt)
        const list = await configStore.list(kind, pageOf(resource, asked.value))
        if (list.length === resource.pageSize && asked.value.limit === undefined)
          request.hint(`These are ${list.length}, and there may be more: ask for them with limit and offset.`)
        return answer(resource, 'list', resource.select?.(list, asked.value) ?? list, request, configStore)
      },
    },
    {
      method: 'POST',
      path,
      description: `Create ${a(label)}`,
      access: entity(kind, 'create'),
      accepts: creationShape(resource),
      example: resource.example,
      ...showing(resource, 'create'),
      ...isUpload,
      async handle(request, backend) {
        const made = await withFiles(null, request.input, backend, (input, own) =>
          createEntities(resource, resource.createsMany?.(input) ?? [input], request, backend, own),
        )
        return made.ok ? answer(resource, 'create', made.value, request, backend.configStore) : made
      },
    },
    {
      method: 'GET',
      path: onePath,
      description: `One ${label}`,
      access: entity(kind, 'read'),
      ...showing(resource, 'get'),
      async handle(request, { configStore }) {
        const found = await configStore.get(kind, idOf(request))
        if (!found || (resource.hidesArchived && found.state === 'deleted')) return notFound(kind, idOf(request))
        return answer(resource, 'get', [found], request, configStore)
      },
    },
    update('PUT'),
  ]
  if (resource.otherMethods?.update) routes.push(update(resource.otherMethods.update))
  if (resource.beforeRemoval) routes.push(remove(onePath), remove(`${onePath}/delete`))
  else routes.push(archive('DELETE', onePath))
  if (resource.archivePath) {
    routes.push(archive('DELETE', `${onePath}/archive`), archive('POST', `${onePath}/archive`))
  }
  if (resource.copy) {
    routes.push(clone('POST'))
    if (resource.otherMethods?.clone) routes.push(clone(resource.otherMethods.clone))
  }
  if (resource.listsArchived ?? (resource.hidesArchived && !resource.beforeRemoval)) {
    routes.push({
      method: 'GET',
      path: `${path}/deleted`,
      description: `List of every archived ${label}`,
      access: entity(kind, 'read', 'archive'),
      ...showing(resource, 'list'),
      handle: async (request, { configStore }) =>
        answer(resource, 'list', await configStore.list(kind, { onlyDeleted: true }), request, configStore),
    })
  }
  for (const verb of resource.verbs) {
    const { state, findsArchived } = verbs[verb]
    routes.push(
      change(
        'POST',
        `${onePath}/${verb}`,
        `${verb[0]?.toUpperCase()}${verb.slice(1)} ${a(label)}`,
        verb,
        (request, backend) => changeState(resource, idOf(request), state, request, backend, findsArchived),
        findsArchived ? entity(kind, 'write', 'archive') : entity(kind, 'write'),
      ),
    )
  }
  return routes
}

const a = (label: string): string => `${/^[aeiou]/.test(label) ? 'an' : 'a'} ${label}`
