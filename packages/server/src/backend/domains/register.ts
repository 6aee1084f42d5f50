import { fail, problem } from '@trackyard/core/result.ts'
import { section } from '../auth/access.ts'
import type { Route } from '../route.ts'

/** Clients of hosted trackers buy domains by this route; we are no registrar, and say what to do instead. */
export const registerRoute: Route = {
  method: 'POST',
  path: '/domains/register',
  description: 'Refused with status 422: Trackyard buys no domains. Register it yourself, then POST /domains',
  access: section('write', 'domains'),
  isRefusal: true,
  handle: async () =>
    fail(
      problem(
        'unsupported',
        'Trackyard buys no domains: register the name at a registrar of your choice, point it to the addresses of GET domains/ip, then add it with POST domains.',
      ),
    ),
}
