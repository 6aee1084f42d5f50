import { type EntityKind, type EntityOf, entities } from '@trackyard/core/entities/index.ts'
import { ok, type Result } from '@trackyard/core/result.ts'
import type { Backend } from '../context.ts'
import { type ApiRequest, countOf, idOf, type Route } from '../route.ts'
import { presentAll } from './present.ts'
import type { Resource, Verb } from './resource.ts'
import { changeState, createEntities, notFound, updateEntity } from './save.ts'

const verbs: Record<Verb, { readonly state: 'active' | 'disabled'; readonly findsArchived: boolean }> = {
  restore: { state: 'active', findsArchived: true },
  enable: { state: 'active', findsArchived: false },
  disable: { state: 'disabled', findsArchived: false },
}

/** The routes of one kind of entity. */
export function resourceRoutes<Kind extends EntityKind>(resource: Resource<Kind>): Route[] {
  const { kind } = resource
  const { label } = entities[kind]
  const path = `/${kind}`
  const one = async (saved: Result<EntityOf<Kind>>, backend: Backend): Promise<Result<unknown>> => {
    if (!saved.ok) return saved
    const [shown] = await presentAll(resource, [saved.value], backend.configStore)
    return ok(shown)
  }
  const archive = async (request: ApiRequest, backend: Backend) =>
    one(await changeState(resource, idOf(request), 'deleted', request.actor, backend, false), backend)

  const routes: Route[] = [
    {
      method: 'GET',
      path,
      description: `List of every ${label} that is not archived`,
      async handle({ input }, { configStore }) {
        // Only campaigns come in pages; others ignore the parameters, as clients expect (reference admin-api §1.5).
        const limit = kind === 'campaigns' ? countOf(input, 'limit', 0) : 0
        const page = limit > 0 ? { limit, offset: countOf(input, 'offset', 0) } : {}
        return ok(await presentAll(resource, await configStore.list(kind, page), configStore))
      },
    },
    {
      method: 'POST',
      path,
      description: `Create a ${label}`,
      async handle({ input, actor }, backend) {
        const made = await createEntities(resource, resource.createsMany?.(input) ?? [input], actor, backend)
        if (!made.ok) return made
        const shown = await presentAll(resource, made.value, backend.configStore)
        return ok(resource.createsMany ? shown : shown[0])
      },
    },
    {
      method: 'GET',
      path: `${path}/:id`,
      description: `One ${label}`,
      async handle(request, backend) {
        const found = await backend.configStore.get(kind, idOf(request))
        if (!found || (resource.hidesArchived && found.state === 'deleted')) return notFound(kind, idOf(request))
        return one(ok(found), backend)
      },
    },
    {
      method: 'PUT',
      path: `${path}/:id`,
      description: `Change the given fields of a ${label}`,
      handle: async (request, backend) =>
        one(await updateEntity(resource, idOf(request), request.input, request.actor, backend), backend),
    },
    { method: 'DELETE', path: `${path}/:id`, description: `Archive a ${label}`, handle: archive },
  ]
  if (resource.archivePath) {
    for (const method of ['DELETE', 'POST'] as const) {
      routes.push({ method, path: `${path}/:id/archive`, description: `Archive a ${label}`, handle: archive })
    }
  }
  if (resource.hidesArchived) {
    routes.push({
      method: 'GET',
      path: `${path}/deleted`,
      description: `List of every archived ${label}`,
      handle: async (_, { configStore }) =>
        ok(await presentAll(resource, await configStore.list(kind, { onlyDeleted: true }), configStore)),
    })
  }
  for (const verb of resource.verbs) {
    const { state, findsArchived } = verbs[verb]
    routes.push({
      method: 'POST',
      path: `${path}/:id/${verb}`,
      description: `${verb[0]?.toUpperCase()}${verb.slice(1)} a ${label}`,
      handle: async (request, backend) =>
        one(await changeState(resource, idOf(request), state, request.actor, backend, findsArchived), backend),
    })
  }
  return routes
}
