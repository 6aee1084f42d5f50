import { isHttps } from '@trackyard/core/entities/domain.ts'
import type { EntityOf } from '@trackyard/core/entities/index.ts'
import { type Problem, problem } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { ConfigReader } from '../../stores/config/port.ts'
import type { Input } from '../http/read-body.ts'
import { groupNames } from './groups.ts'
import { presentTime } from './present.ts'
import type { Resource } from './resource.ts'
import { readOnly, timeText } from './shapes.ts'

export const domains: Resource<'domains'> = {
  kind: 'domains',
  example: { name: 'go.example.com' },
  hidesArchived: true,
  verbs: ['restore'],
  serverFields: ['network_status', 'error_description', 'error_solution', 'check_retries', 'next_check_at_ms'],
  reads: withScheme,
  shown: {
    hidden: ['next_check_at_ms', 'scheme'],
    fields: {
      name: z.string().describe('Host name visitors use, with the scheme it was written with, if any.'),
      group: readOnly(z.string(), 'Name of the group, empty without one.'),
      status: readOnly(z.enum(['pending', 'active', 'error']), 'Other name of network_status.'),
      next_check_at: timeText('When it is due to be checked again; null before the first check', 'nullable'),
      default_campaign: readOnly(z.string(), 'Name of the default campaign, empty without one.'),
      campaigns_count: readOnly(z.int(), 'Number of campaigns whose links are shown with it.'),
    },
  },
  async complete(fields, current, { hint }) {
    const is_ssl = isHttps(fields)
    if (fields.is_ssl && !(current && isHttps(current)))
      hint(`is_ssl: Trackyard gets no certificates; the web server in front must have one for ${fields.name}.`)
    if (!fields.is_ssl && is_ssl && current?.is_ssl)
      hint('is_ssl stays true: set ssl_redirect to false, and write the name without https://, to take it back.')
    return { ...fields, is_ssl }
  },
  check: async (fields, current) => (fields.name === current?.name ? [] : hostProblems(fields.name)),
  async doubts(domain, { writer }) {
    if (domain.state === 'deleted') return []
    const isClosed = !domain.admin_dashboard && !(await writer.list('domains')).some(isOpenToAdmins)
    return [
      ...(isClosed
        ? [
            'Admin pages and API now answer at no domain: open them at a host without a domain entry, such as the address of the server, or set admin_dashboard of one domain.',
          ]
        : []),
      ...(domain.catch_not_found && domain.default_campaign_id === null
        ? [
            'catch_not_found has no effect: name the campaign that is to take visitors of unknown paths in default_campaign_id.',
          ]
        : []),
      ...(await indexDoubts(domain, writer)),
    ]
  },
  /** `name` may hold several hosts (reference admin-api §2.9). */
  createsMany(input) {
    const names = typeof input.name === 'string' ? input.name.split(/[\s,]+/).filter(Boolean) : []
    return names.length > 1 ? [...new Set(names)].map((name) => ({ ...input, name })) : [input]
  },
  async extras(domains, reader) {
    const group = await groupNames(reader, 'domains')
    const ids = domains.flatMap((domain) => domain.default_campaign_id ?? [])
    const names = new Map((await reader.getMany('campaigns', ids)).map((campaign) => [campaign.id, campaign.name]))
    const campaigns = Map.groupBy(await reader.list('campaigns'), (campaign) => campaign.domain_id)
    return (domain) => ({
      // Clients look for the name as they wrote it (reference admin-api §2.9).
      name: domain.scheme ? `${domain.scheme}://${domain.name}` : domain.name,
      scheme: undefined,
      is_ssl: isHttps(domain),
      group: group(domain.group_id),
      status: domain.network_status,
      next_check_at_ms: undefined,
      next_check_at: domain.next_check_at_ms === null ? null : presentTime(domain.next_check_at_ms),
      default_campaign: names.get(domain.default_campaign_id ?? 0) ?? '',
      campaigns_count: campaigns.get(domain.id)?.length ?? 0,
    })
  },
}

/** `https://go.example.com` is the host with its scheme; visitors are told apart by the host. */
function withScheme({ scheme: _, ...input }: Input): Input {
  if (typeof input.name !== 'string') return input
  return { ...input, scheme: /^(https?):\/\//i.exec(input.name.trim())?.[1]?.toLowerCase() ?? '' }
}

/** A name that no browser and no name server takes; the form of the whole is checked by the schema. */
const hostProblems = (name: string): Problem[] =>
  name.split('.').every((part) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(part))
    ? []
    : [
        problem(
          'validation',
          'Name must have between its dots parts of 1 to 63 letters, digits and dashes, none at their ends, as in go.example.com',
          'name',
        ),
      ]

/** The campaign at the root of a domain may be switched off. */
async function indexDoubts(domain: EntityOf<'domains'>, reader: ConfigReader): Promise<string[]> {
  const id = domain.default_campaign_id
  const index = id === null ? undefined : await reader.get('campaigns', id)
  return index && index.state !== 'active'
    ? [
        `Campaign ${id} is not active, so ${domain.name} shows nothing at its root: enable it, or name another in default_campaign_id.`,
      ]
    : []
}

const isOpenToAdmins = ({ state, admin_dashboard: isOpen }: EntityOf<'domains'>): boolean =>
  isOpen && state !== 'deleted'
