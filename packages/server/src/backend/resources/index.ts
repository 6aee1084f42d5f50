import type { Route } from '../route.ts'
import { affiliateNetworks } from './affiliate-networks.ts'
import { campaigns } from './campaigns.ts'
import { domains } from './domains.ts'
import { landingPages } from './landing-pages.ts'
import { offers } from './offers.ts'
import { resourceRoutes } from './resource-routes.ts'
import { campaignStreams, streams } from './streams.ts'
import { trafficSources } from './traffic-sources.ts'

/** The routes of every kind of entity. Adding a kind is one file and one line. */
export const entityRoutes: readonly Route[] = [
  ...resourceRoutes(campaigns),
  campaignStreams,
  ...resourceRoutes(streams),
  ...resourceRoutes(offers),
  ...resourceRoutes(landingPages),
  ...resourceRoutes(affiliateNetworks),
  ...resourceRoutes(trafficSources),
  ...resourceRoutes(domains),
]
