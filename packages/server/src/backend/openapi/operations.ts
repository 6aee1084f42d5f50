import { entities } from '@trackyard/core/entities/index.ts'
import type { RouteAccess } from '../auth/access.ts'
import type { Route } from '../route.ts'

/** One route as an operation of the document. */
export interface OperationInfo {
  readonly route: Route
  /** The path with parameters in braces. */
  readonly path: string
  /** Unique and stable: `campaigns.create`. */
  readonly id: string
  /** The resource: first part of the path. */
  readonly tag: string
  /** Names of the parameters in the path. */
  readonly params: readonly string[]
  /** Id of the operation that this is another way to. */
  readonly aliasOf: string | null
}

/** The routes as operations, in their order. */
export function toOperations(routes: readonly Route[]): OperationInfo[] {
  const ids = new Set<string>()
  const firsts = new Map<string, string>()
  return routes.map((route) => {
    const name = nameOf(route, routes)
    const twin = earlierTwin(route, routes)
    // Where two methods do the same, the first in the table has the plain name.
    const suffix =
      !ids.has(name) && !twin ? '' : /:\w+$/.test(route.path) && !twin ? '_one' : `_by_${route.method.toLowerCase()}`
    const id = `${twin ? nameOf(twin, routes) : name}${suffix}`
    if (ids.has(id)) throw new Error(`Two routes would be called ${id}: ${route.method} ${route.path}`)
    ids.add(id)
    const what = sameWork(route)
    const first = twin ? nameOf(twin, routes) : what === null ? undefined : firsts.get(what)
    if (what !== null && first === undefined) firsts.set(what, id)
    return {
      route,
      path: route.path.replace(/:(\w+)/g, '{$1}'),
      id,
      tag: segments(route.path)[0] ?? '',
      params: [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? ''),
      aliasOf: first ?? aliasOfPath(route, routes),
    }
  })
}

/** Changes of the same entity to the same end, whatever method and path. */
function sameWork({ presents }: Route): string | null {
  if (!presents || presents.operation === 'list' || presents.operation === 'get') return null
  return `${presents.kind} ${presents.operation}`
}

/** An earlier route at the same path that reads and answers the very same: clients use either method. */
const earlierTwin = (route: Route, routes: readonly Route[]): Route | undefined =>
  routes.slice(0, routes.indexOf(route)).find((other) => other.path === route.path && isTwin(other, route))

const isTwin = (a: Route, b: Route): boolean =>
  !a.presents &&
  a.answers !== undefined &&
  a.answers === b.answers &&
  a.accepts === b.accepts &&
  a.access.verb === b.access.verb

function aliasOfPath(route: Route, routes: readonly Route[]): string | null {
  const target = routes.find(({ method, path }) => method === route.method && path === route.aliasOf)
  return target ? nameOf(target, routes) : null
}

/** Parts of a path that are no parameters; `/clicks/:id/explain` → clicks, explain. */
const segments = (path: string): string[] =>
  path
    .replace(/\.json$/, '')
    .split('/')
    .filter((part) => part !== '' && !part.startsWith(':'))

function nameOf(route: Route, routes: readonly Route[]): string {
  const { method, path } = route
  const names = segments(path)
  const [resource = '', ...rest] = names
  const endsInParam = /\/:\w+$/.test(path)
  const plain = [resource, ...rest].join('.')
  // What has members by id is a list itself.
  const isCollection =
    !endsInParam &&
    routes.some((other) => other.path.startsWith(`${path}/:`) && /^[^/]*$/.test(other.path.slice(path.length + 2)))
  const isKnownVerb = rest.length > 0 && !endsInParam && !isCollection
  if (isKnownVerb && !siblings(route, routes)) return plain
  return `${plain}.${verbOf(method, endsInParam, isCollection || (rest.length === 0 && route.answers?.type === 'array'), route)}`
}

/** Whether other methods at the same path do something else. */
const siblings = (route: Route, routes: readonly Route[]): boolean =>
  routes.some(
    (other) =>
      other.path === route.path &&
      other.method !== route.method &&
      !isTwin(other, route) &&
      (!route.presents || other.presents?.operation !== route.presents.operation),
  )

function verbOf(method: Route['method'], isOne: boolean, isList: boolean, { presents }: Route): string {
  if (method === 'GET') return isList && !isOne ? 'list' : 'get'
  if (method === 'POST') return isOne ? 'change' : 'create'
  if (method === 'PUT') return 'update'
  return presents?.operation === 'archive' ? 'archive' : 'delete'
}

const article = (label: string): string => `${/^[aeiou]/.test(label) ? 'an' : 'a'} ${label}`

/** Who may use a route, in words. */
export function accessText(access: RouteAccess): string {
  const sections = 'sections' in access ? access.sections.map((name) => name.replaceAll('_', ' ')) : []
  if (access.for === 'public') return 'For everybody, without key or session.'
  if (access.for === 'everyone') return 'For every user.'
  if (access.for === 'administrators') return 'For administrators.'
  const open = `For users to whom ${sections.length > 1 ? 'these sections are' : 'this section is'} open: ${sections.join(', ')}.`
  if (access.for === 'section') return open
  const { label } = entities[access.kind]
  if (access.verb === 'read') return `${open} Each sees only what is theirs to see.`
  if (access.verb === 'create') return `${open} It takes the right to create ${article(label)}.`
  return `${open} It takes the right to change the ${label}.`
}
