import { allFileRoutes } from '../files/routes.ts'
import type { Route } from '../route.ts'
import { templateRoutes } from '../templates/routes.ts'
import { affiliateNetworks } from './affiliate-networks.ts'
import { blacklist } from './blacklist.ts'
import { bots } from './bots.ts'
import { campaigns } from './campaigns.ts'
import { cleanArchive } from './clean-archive.ts'
import { conversionTypes } from './conversion-types.ts'
import { domains } from './domains.ts'
import { filterSets } from './filter-sets.ts'
import { groups } from './groups.ts'
import { landingPages } from './landing-pages.ts'
import { offers } from './offers.ts'
import { postbacks } from './postbacks.ts'
import { resourceRoutes } from './resource-routes.ts'
import { streamOfCampaign } from './stream-of-campaign.ts'
import { streamRoutes } from './stream-routes.ts'
import { streams } from './streams.ts'
import { trafficSources } from './traffic-sources.ts'

const ownRoutes: readonly Route[] = [
  ...resourceRoutes(campaigns),
  cleanArchive,
  ...resourceRoutes(streams),
  ...streamRoutes,
  streamOfCampaign,
  ...resourceRoutes(offers),
  ...resourceRoutes(landingPages),
  ...allFileRoutes,
  ...templateRoutes,
  ...resourceRoutes(affiliateNetworks),
  ...resourceRoutes(trafficSources),
  ...resourceRoutes(domains),
  ...resourceRoutes(conversionTypes),
  ...resourceRoutes(groups),
  ...resourceRoutes(postbacks),
  ...resourceRoutes(bots),
  ...resourceRoutes(blacklist),
  ...resourceRoutes(filterSets),
]

/** What else clients call resources. */
const OTHER_NAMES = { landing_pages: 'landings', traffic_sources: 'sources' } as const

const otherRoutes = Object.entries(OTHER_NAMES).flatMap(([name, other]) =>
  ownRoutes
    .filter(({ path }) => path.split('/')[1] === name)
    .map((route) => ({ ...route, path: route.path.replace(`/${name}`, `/${other}`), aliasOf: route.path })),
)

/** The routes of every kind of entity. Adding a kind is one file and one line above. */
export const entityRoutes: readonly Route[] = [...ownRoutes, ...otherRoutes]
