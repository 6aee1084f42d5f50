import { effectiveParameters } from '@trackyard/core/click/parameters.ts'
import { isHttps } from '@trackyard/core/entities/domain.ts'
import type { Domain } from '@trackyard/core/entities/index.ts'
import { mayCreateSome } from '@trackyard/core/permissions.ts'
import { ok } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { entity } from '../auth/access.ts'
import { readInput } from '../http/read-input.ts'
import { notFound } from '../resources/save.ts'
import { idOf, type Route } from '../route.ts'
import { loadSecrets } from '../secrets.ts'
import { fillSnippets } from './snippets.ts'

const UNKNOWN_ORIGIN = 'https://YOUR_DOMAIN'
const UNKNOWN_KEY = 'POSTBACK_KEY'

const accepts = z.object({
  origin: z
    .preprocess(
      (value) => (typeof value === 'string' ? value.trim().replace(/\/+$/, '') || null : value),
      z
        .string({ error: 'must be text' })
        .regex(/^https?:\/\/(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i, {
          error: 'must be scheme and host such as https://go.example.com',
        })
        .nullable(),
    )
    .default(null)
    .describe("Scheme and host to fill in; null takes the campaign's domain, else the first one there is."),
})

const answers = z.array(
  z
    .object({
      key: z.string().describe('Name of the snippet for programs.'),
      title: z.string().describe('Name for people.'),
      help: z.string().describe('What it is for and where to paste it.'),
      code: z.string().describe('Ready to paste.'),
      language: z.enum(['url', 'html', 'php', 'shell']).describe('What the code is written in.'),
    })
    .meta({ id: 'Snippet', description: 'Code that connects a site with a campaign.' }),
)

export const snippetRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/campaigns/:id/snippets',
    description:
      'Code to paste: the link, the postback URL, clients for PHP and JavaScript, tracking script, pixel, frame',
    access: entity('campaigns', 'read'),
    accepts,
    answers,
    async handle(request, { configStore }) {
      const campaign = await configStore.get('campaigns', idOf(request))
      if (!campaign) return notFound('campaigns', idOf(request))
      const read = readInput(accepts, request.input)
      if (!read.ok) return read
      const domains = (await configStore.list('domains')).filter(({ state }) => state === 'active')
      const domain = domains.find(({ id }) => id === campaign.domain_id) ?? domains[0]
      const origin = read.value.origin ?? (domain ? originOf(domain) : UNKNOWN_ORIGIN)
      const source = await configStore.get('traffic_sources', campaign.traffic_source_id ?? 0)
      // The key lets everybody report conversions: only for those who set up networks.
      const mayReport = mayCreateSome(request.actor.access, 'affiliate_networks')
      const key = mayReport ? (await loadSecrets(configStore)).postbackKey : UNKNOWN_KEY
      return ok(
        fillSnippets({
          origin,
          campaignUrl: `${origin}/${campaign.alias}`,
          postbackUrl: `${origin}/${key}/postback`,
          pagePostbackUrl: `${origin}/${safeSegment(campaign.token)}/postback`,
          keepSeconds: campaign.cookies_ttl * 3600,
          campaign,
          parameters: effectiveParameters(campaign, source ?? null),
        }),
      )
    },
  },
]

/** A part of an address that may stand in quotation marks of either kind. */
const safeSegment = (text: string): string => encodeURIComponent(text).replaceAll("'", '%27')

const originOf = (domain: Domain): string => `${isHttps(domain) ? 'https' : 'http'}://${domain.name}`
