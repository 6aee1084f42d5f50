import { affiliateNetwork } from '../entities/affiliate-network.ts'
import { campaign } from '../entities/campaign.ts'
import { filterSet } from '../entities/filter-set.ts'
import { landing } from '../entities/landing.ts'
import { offer } from '../entities/offer.ts'
import { stream } from '../entities/stream.ts'
import { trafficSource } from '../entities/traffic-source.ts'
import type { MacroContext } from '../macros/macro.ts'
import type { CampaignBundle } from './bundle.ts'
import { type Click, type Device, type Geo, UNKNOWN_DEVICE, UNKNOWN_GEO } from './click.ts'

/** Builders for tests and benchmarks: name what matters, the rest is filled in as the API would. */

type Input = Readonly<Record<string, unknown>>

export interface BundleInput {
  readonly campaign?: Input
  readonly streams?: readonly Input[]
  readonly landings?: readonly Input[]
  readonly offers?: readonly Input[]
  readonly affiliateNetworks?: readonly Input[]
  readonly trafficSource?: Input | null
  readonly filterSets?: readonly Input[]
}

const times = { created_at_ms: 0, updated_at_ms: 0 }
const idOf = (input: Input, index: number): number => (typeof input.id === 'number' ? input.id : index + 1)

/** Reads every entity with its own schema, so defaults and liberal input are those of the API. Throws when refused. */
export function makeBundle(input: BundleInput): CampaignBundle {
  const {
    campaign: about = {},
    streams = [],
    landings = [],
    offers = [],
    affiliateNetworks = [],
    filterSets = [],
  } = input
  const source = input.trafficSource ?? null
  const campaignId = idOf(about, 0)
  return {
    campaign: { ...campaign.fields.parse({ alias: 'go', name: 'Test', ...about }), id: campaignId, ...times },
    streams: streams.map((each, index) => ({
      ...stream.fields.parse({ campaign_id: campaignId, position: index + 1, ...each }),
      id: idOf(each, index),
      ...times,
    })),
    landings: landings.map((each, index) => ({
      ...landing.fields.parse({
        name: `Landing ${idOf(each, index)}`,
        action_payload: `https://landing.example/${idOf(each, index)}`,
        ...each,
      }),
      id: idOf(each, index),
      ...times,
    })),
    offers: offers.map((each, index) => ({
      ...offer.fields.parse({
        name: `Offer ${idOf(each, index)}`,
        action_payload: `https://offer.example/${idOf(each, index)}`,
        ...each,
      }),
      id: idOf(each, index),
      ...times,
    })),
    affiliateNetworks: affiliateNetworks.map((each, index) => ({
      ...affiliateNetwork.fields.parse({ name: `Network ${idOf(each, index)}`, ...each }),
      id: idOf(each, index),
      ...times,
    })),
    filterSets: filterSets.map((each, index) => ({
      ...filterSet.fields.parse({ name: `Set ${idOf(each, index)}`, ...each }),
      id: idOf(each, index),
      ...times,
    })),
    trafficSource:
      source === null
        ? null
        : { ...trafficSource.fields.parse({ name: 'Source', ...source }), id: idOf(source, 0), ...times },
  }
}

export type ClickInput = Partial<Omit<Click, 'geo' | 'device'>> & {
  readonly geo?: Partial<Geo>
  readonly device?: Partial<Device>
}

/** A click about which nothing is known but what is named: 6 January 2031 (a Monday), 12:00 UTC. */
export const makeClick = ({ geo, device, ...rest }: ClickInput = {}): Click => ({
  atMs: Date.UTC(2031, 0, 6, 12),
  roll: 2_654_435_769,
  ip: '',
  host: 'go.example',
  params: {},
  slots: {},
  userAgent: '',
  referrer: '',
  language: '',
  searchEngine: '',
  xRequestedWith: '',
  isBot: false,
  isProxy: false,
  ...rest,
  geo: { ...UNKNOWN_GEO, ...geo },
  device: { ...UNKNOWN_DEVICE, ...device },
})

export const makeMacroContext = (more: Partial<MacroContext> = {}): MacroContext => ({
  click: makeClick(),
  subId: 'p3k9x0a1b2c3d4e5f',
  visitorCode: 'v1',
  campaign: { id: 7, name: 'Summer', parameters: {} },
  stream: null,
  landing: null,
  offer: null,
  trafficSource: null,
  parentCampaignId: 0,
  costMicros: 0,
  token: () => '',
  offerUrl: (offerId) => `https://go.example/?_lp=1&_token=t.k${offerId === undefined ? '' : `&offer_id=${offerId}`}`,
  fileText: (name) => (name === 'domain.txt' ? 'news.example' : ''),
  destination: '',
  trackerOrigin: 'https://go.example',
  ...more,
})
