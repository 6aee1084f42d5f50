import { authRoutes } from './auth/routes.ts'
import { explainRoute } from './clicks/explain.ts'
import { domainRoutes } from './domains/routes.ts'
import { auditLogRoute } from './logs/audit.ts'
import { postbackLogRoute } from './logs/postbacks.ts'
import { streamMetadataRoutes } from './metadata/stream-metadata.ts'
import { reportRoutes } from './reports/routes.ts'
import { entityRoutes } from './resources/index.ts'
import type { Route } from './route.ts'
import { keyRoutes } from './users/key-routes.ts'
import { userRoutes } from './users/routes.ts'

/** Every route of the Admin API. */
export const routes: readonly Route[] = [
  ...entityRoutes,
  ...domainRoutes,
  ...reportRoutes,
  explainRoute,
  postbackLogRoute,
  auditLogRoute,
  ...streamMetadataRoutes,
  ...userRoutes,
  ...keyRoutes,
  ...authRoutes,
]
