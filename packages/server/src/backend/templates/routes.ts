import { parameterMapping } from '@trackyard/core/entities/campaign.ts'
import { nearest } from '@trackyard/core/nearest.ts'
import { mayCreateSome } from '@trackyard/core/permissions.ts'
import { ok } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { ConfigReader } from '../../stores/config/port.ts'
import { section } from '../auth/access.ts'
import type { Input } from '../http/read-body.ts'
import type { Route } from '../route.ts'
import { loadSecrets } from '../secrets.ts'
import { incomingPostbackUrl, type NetworkTemplate, networkTemplates, sourceTemplates } from './catalogue.ts'

const UNKNOWN_DOMAIN = 'YOUR_DOMAIN'
const UNKNOWN_KEY = 'POSTBACK_KEY'

const common = {
  template_name: z.string().describe('Key of the template: send it when creating.'),
  name: z.string().describe('Name for people.'),
  notes: z.string().describe('What to know when setting it up.'),
}
const sourceAnswer = z
  .object({
    ...common,
    postback_url: z.string().describe('URL that is told about conversions, empty when there is none.'),
    postback_statuses: z.array(z.string()).describe('Conversion statuses it is told about.'),
    parameters: parameterMapping.describe('Which query parameter fills which slot.'),
  })
  .meta({ id: 'TrafficSourceTemplate', description: 'Ready settings of a traffic source.' })
const networkAnswer = z
  .object({
    ...common,
    offer_param: z.string().describe('Query fragment for the URLs of its offers.'),
    postback_url: z.string().describe('Postback URL to paste in the network.'),
  })
  .meta({ id: 'AffiliateNetworkTemplate', description: 'Ready settings of an affiliate network.' })

export const templateRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/traffic_sources/templates',
    description: 'Catalogue of traffic sources: parameters and postback URLs',
    access: section('read', 'traffic_sources'),
    answers: z.array(sourceAnswer),
    handle: async () => ok([...sourceTemplates().values()]),
  },
  {
    method: 'GET',
    path: '/affiliate_networks/templates',
    description: 'Catalogue of affiliate networks: offer parameters and postback URLs',
    access: section('read', 'affiliate_networks'),
    answers: z.array(networkAnswer),
    async handle({ actor: { access } }, { configStore }) {
      const own = await ownPlace(configStore)
      // The key lets everybody report conversions: only for those who set up networks.
      const place = mayCreateSome(access, 'affiliate_networks') ? own : { ...own, postbackKey: UNKNOWN_KEY }
      return ok([...networkTemplates().values()].map((template) => applied(template, place)))
    },
  },
]

/** Parameters and postback of the template, as far as the client gave none itself. */
export async function withSourceTemplate(input: Input): Promise<Input> {
  const template = templateOf(sourceTemplates(), input.template_name)
  if (!template) return input
  const { parameters, postback_url, postback_statuses, notes } = template
  return { ...input, ...onlyMissing(input, { parameters, postback_url, postback_statuses, notes }) }
}

/** Offer parameter and postback URL of the template, as far as the client gave none itself. */
export async function withNetworkTemplate(input: Input, reader: ConfigReader): Promise<Input> {
  const template = templateOf(networkTemplates(), input.template_name)
  if (!template) return input
  const { offer_param, postback_url, notes } = applied(template, await ownPlace(reader))
  return { ...input, ...onlyMissing(input, { offer_param, postback_url, notes }) }
}

/** By its key, or by the name that people read, in letters of any size. */
function templateOf<T extends NamedTemplate>(all: ReadonlyMap<string, T>, wanted: unknown): T | undefined {
  const name = String(wanted ?? '').trim()
  const isMeant = (known: string): boolean => known.toLowerCase() === name.toLowerCase()
  return all.get(name) ?? [...all.values()].find((one) => isMeant(one.template_name) || isMeant(one.name))
}
type NamedTemplate = { readonly template_name: string; readonly name: string }

/** Clients may name templates of other trackers, so an unknown one is no mistake for sure. */
export function templateDoubts(kind: 'traffic_sources' | 'affiliate_networks', wanted: string | null): string[] {
  const all: ReadonlyMap<string, NamedTemplate> = kind === 'traffic_sources' ? sourceTemplates() : networkTemplates()
  if (!wanted || templateOf(all, wanted)) return []
  const meant = nearest(wanted, all.keys())
  const guess = meant === null ? `GET ${kind}/templates lists all.` : `Did you mean ${meant}?`
  return [`template_name: there is no template ${wanted.slice(0, 60)}, so nothing was filled in. ${guess}`]
}

const applied = ({ postback, ...template }: NetworkTemplate, place: Parameters<typeof incomingPostbackUrl>[1]) => ({
  ...template,
  postback_url: incomingPostbackUrl({ ...template, postback }, place),
})

async function ownPlace(reader: ConfigReader) {
  const domain = (await reader.list('domains')).find(({ state }) => state === 'active')?.name ?? UNKNOWN_DOMAIN
  return { domain, postbackKey: (await loadSecrets(reader)).postbackKey }
}

const onlyMissing = (input: Input, values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([key]) => isEmpty(input[key])))

/** PHP writes an empty object as `[]`. */
const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0)
