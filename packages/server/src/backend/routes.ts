import { authRoutes } from './auth/routes.ts'
import { botListRoutes } from './bot-list/routes.ts'
import { clickEditRoutes } from './clicks/edit-routes.ts'
import { explainRoute } from './clicks/explain.ts'
import { replayRoute } from './clicks/replay.ts'
import { simulateRoute } from './clicks/simulate.ts'
import { clickSweepRoutes } from './clicks/sweep-routes.ts'
import { conversionEditRoutes } from './conversions/edit-routes.ts'
import { importRoute } from './conversions/import-routes.ts'
import { statusRoute } from './conversions/statuses.ts'
import { currencyRoutes } from './currencies/routes.ts'
import { domainRoutes } from './domains/routes.ts'
import { integrationRoutes } from './integrations/routes.ts'
import { labelRoutes } from './labels/routes.ts'
import { logRoutes } from './logs/routes.ts'
import { streamMetadataRoutes } from './metadata/stream-metadata.ts'
import { openApiRoute } from './openapi/routes.ts'
import { postbackRoutes } from './postbacks/routes.ts'
import { preferenceRoutes } from './preferences/routes.ts'
import { eraseRoute } from './privacy/erase-route.ts'
import { retentionRoute } from './privacy/retention-route.ts'
import { reportRoutes } from './reports/routes.ts'
import { entityRoutes } from './resources/index.ts'
import type { Route } from './route.ts'
import { settingRoutes } from './settings/routes.ts'
import { snippetRoutes } from './snippets/routes.ts'
import { keyRoutes } from './users/key-routes.ts'
import { userRoutes } from './users/routes.ts'

/** Every route of the Admin API. */
export const routes: readonly Route[] = [
  ...entityRoutes,
  ...snippetRoutes,
  ...botListRoutes,
  ...domainRoutes,
  ...reportRoutes,
  explainRoute,
  simulateRoute,
  replayRoute,
  ...clickEditRoutes,
  ...clickSweepRoutes,
  eraseRoute,
  retentionRoute,
  ...conversionEditRoutes,
  importRoute,
  statusRoute,
  ...logRoutes,
  ...postbackRoutes,
  ...labelRoutes,
  ...settingRoutes,
  ...currencyRoutes,
  ...integrationRoutes,
  ...preferenceRoutes,
  ...streamMetadataRoutes,
  ...userRoutes,
  ...keyRoutes,
  ...authRoutes,
  openApiRoute(() => routes),
]
