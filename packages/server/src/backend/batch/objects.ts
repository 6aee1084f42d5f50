import { nearest } from '@trackyard/core/nearest.ts'

/** The route of the API that an object of a command stands for; path parameters are taken from its fields. */
export interface BatchObject {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below `/admin_api/v1`. */
  readonly path: string
  /** What a list is answered as: as the route does, or as `value` and `name` of each for a select box. */
  readonly answers: 'itself' | 'options'
}
type Target = `${BatchObject['method']} /${string}` | `options of GET /${string}`
type Actions = Readonly<Record<string, Target>>

const stored = (path: `/${string}`): Actions => ({
  index: `GET ${path}`,
  listAsOptions: `options of GET ${path}`,
  show: `GET ${path}/:id`,
  create: `POST ${path}`,
  update: `PUT ${path}/:id`,
  delete: `DELETE ${path}/:id`,
})
const archivable = (path: `/${string}`): Actions => ({
  ...stored(path),
  archive: `DELETE ${path}/:id`,
  restore: `POST ${path}/:id/restore`,
  deleted: `GET ${path}/deleted`,
})
const cloned = (path: `/${string}`): Actions => ({ ...archivable(path), clone: `POST ${path}/:id/clone` })
const switched = (path: `/${string}`): Actions => ({
  ...cloned(path),
  enable: `POST ${path}/:id/enable`,
  disable: `POST ${path}/:id/disable`,
})

/** Every object by resource and action (reference admin-api §1.11 and §5; the rest by the same pattern). */
const resources: Readonly<Record<string, Actions>> = {
  campaigns: {
    ...switched('/campaigns'),
    streams: 'GET /campaigns/:id/streams',
    updateCosts: 'POST /campaigns/:id/update_costs',
    cleanArchive: 'POST /campaigns/clean_archive',
  },
  streams: {
    ...switched('/streams'),
    add: 'POST /streams',
    search: 'GET /streams/search',
    copy: 'POST /streams/copy',
    move: 'POST /streams/move_streams',
    events: 'GET /streams/:id/events',
  },
  offers: { ...cloned('/offers'), cleanArchive: 'POST /offers/clean_archive' },
  landings: { ...cloned('/landing_pages'), cleanArchive: 'POST /landing_pages/clean_archive' },
  affiliateNetworks: cloned('/affiliate_networks'),
  trafficSources: cloned('/traffic_sources'),
  domains: { ...archivable('/domains'), check: 'POST /domains/:id/check' },
  groups: stored('/groups'),
  postbacks: { ...stored('/postbacks'), test: 'POST /postbacks/:id/test' },
  users: {
    index: 'GET /users',
    show: 'GET /users/:id',
    create: 'POST /users',
    update: 'PUT /users/:id',
    delete: 'DELETE /users/:id',
  },
  settings: { index: 'GET /settings', show: 'GET /settings/:key', update: 'PUT /settings' },
  botlist: {
    show: 'GET /botlist',
    update: 'PUT /botlist',
    add: 'POST /botlist/add',
    exclude: 'POST /botlist/exclude',
    clear: 'DELETE /botlist',
  },
  reports: {
    build: 'POST /report/build',
    definition: 'GET /report/definition',
    labels: 'GET /report/labels',
    updateLabels: 'POST /report/labels',
  },
  clicks: {
    log: 'POST /clicks/log',
    summary: 'POST /clicks/summary',
    show: 'GET /clicks/:sub_id',
    clean: 'POST /clicks/clean',
    updateCosts: 'POST /clicks/update_costs',
  },
  conversions: {
    log: 'POST /conversions/log',
    show: 'GET /conversions/:conversion_id',
    create: 'POST /conversions',
    update: 'PUT /conversions/:conversion_id',
  },
}

/** Other names of resources that clients may use. */
const otherNames: Readonly<Record<string, string>> = {
  report: 'reports',
  landingPages: 'landings',
  landing_pages: 'landings',
  affiliate_networks: 'affiliateNetworks',
  traffic_sources: 'trafficSources',
  sources: 'trafficSources',
}

const actionsOf = new Map(
  [
    ...Object.entries(resources),
    ...Object.entries(otherNames).map(([name, of]) => [name, resources[of] ?? {}] as const),
  ].map(([name, actions]) => [
    name,
    new Map(Object.entries(actions).map(([action, target]) => [action, toObject(target)])),
  ]),
)

/** Every name a command may have in `object`, as `resource.action`. */
export const batchObjects: ReadonlyMap<string, BatchObject> = new Map(
  [...actionsOf].flatMap(([name, actions]) => [...actions].map(([action, object]) => [`${name}.${action}`, object])),
)

const MAX_NAME_CHARS = 60

/** Why an object is not known, naming those that are: of its resource, or the resources. */
export function unknownObject(name: string): string {
  const shown = name.slice(0, MAX_NAME_CHARS)
  const meant = nearest(shown, batchObjects.keys())
  const [resource = ''] = shown.split('.')
  const actions = actionsOf.get(resource)
  const known = actions
    ? `Known of ${resource} are ${[...actions.keys()].join(', ')}.`
    : `Known are ${Object.keys(resources).join(', ')}, each with a dot and an action, as in campaigns.index.`
  return `There is no object "${shown}"${meant === null ? '.' : `: did you mean "${meant}"?`} ${known}`
}

function toObject(target: Target): BatchObject {
  const answers = target.startsWith('options of ') ? 'options' : 'itself'
  const [, method = '', path = ''] = /(\w+) (\/.*)$/.exec(target) ?? []
  if (method === 'GET' || method === 'POST' || method === 'PUT' || method === 'DELETE') return { method, path, answers }
  throw new Error(`${target} names no route`)
}
