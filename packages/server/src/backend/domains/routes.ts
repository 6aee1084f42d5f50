import { networkInterfaces } from 'node:os'
import { ok } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { isPrivateAddress } from '../../outgoing/private-addresses.ts'
import { entity, section } from '../auth/access.ts'
import { answer } from '../resources/answer.ts'
import { domains } from '../resources/domains.ts'
import { inChange, notFound } from '../resources/save.ts'
import { showing } from '../resources/shapes.ts'
import { idOf, type Route } from '../route.ts'
import { checkDomain } from './check-domain.ts'
import { type Network, network } from './probe.ts'
import { withFinding } from './recheck.ts'
import { registerRoute } from './register.ts'

export const checkRoute = (reach: Network): Route => ({
  method: 'POST',
  path: '/domains/:id/check',
  description: 'Look up a domain, request its /healthz and store what was found',
  access: entity('domains', 'write'),
  ...showing(domains, 'check'),
  async handle(request, backend) {
    const domain = await backend.configStore.get('domains', idOf(request))
    if (!domain || domain.state === 'deleted') return notFound('domains', idOf(request))
    const { allowPrivateTargets, publicPort: ownPort } = backend.settings
    const finding = await checkDomain(domain.name, { allowPrivateTargets, ownPort }, reach)
    const stored = await inChange(backend, request, async ({ writer, nowMs }) => {
      // Looked at again: the network may have taken its time, and somebody may have changed the domain meanwhile.
      const current = await writer.get('domains', domain.id)
      if (!current || current.state === 'deleted') return notFound('domains', domain.id)
      return ok(await writer.update('domains', domain.id, withFinding(current, finding, nowMs)))
    })
    return stored.ok ? answer(domains, 'check', [stored.value], request, backend.configStore) : stored
  },
})

const ipRoute: Route = {
  method: 'GET',
  path: '/domains/ip',
  description: 'Addresses of this server, to point domains to; public ones first',
  access: section('read', 'domains'),
  answers: z.object({
    ipv4: z.string().describe('Address for A records, empty when the server has none.'),
    ipv6: z.string().describe('Address for AAAA records, empty when the server has none.'),
  }),
  handle: async () => ok({ ipv4: ownAddress('IPv4'), ipv6: ownAddress('IPv6') }),
}

/** Empty when the server has no such address. Behind NAT only the private one is known. */
function ownAddress(family: 'IPv4' | 'IPv6'): string {
  const all = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((one) => one.family === family && !one.internal)
    .map((one) => one.address)
    .filter((address) => !/^fe80:/i.test(address))
  return all.find((address) => !isPrivateAddress(address)) ?? all[0] ?? ''
}

export const domainRoutes: readonly Route[] = [checkRoute(network), ipRoute, registerRoute]
