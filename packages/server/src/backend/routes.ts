import { explainRoute } from './clicks/explain.ts'
import { postbackLogRoute } from './logs/postbacks.ts'
import { streamMetadataRoutes } from './metadata/stream-metadata.ts'
import { reportRoutes } from './reports/routes.ts'
import { entityRoutes } from './resources/index.ts'
import type { Route } from './route.ts'

/** Every route of the Admin API. */
export const routes: readonly Route[] = [
  ...entityRoutes,
  ...reportRoutes,
  explainRoute,
  postbackLogRoute,
  ...streamMetadataRoutes,
]
