import { z } from 'zod'
import { defineEntity, type Stored } from './entity.ts'
import { flag, integer, reference, state, text } from './fields.ts'

export const NETWORK_STATUSES = ['pending', 'active', 'error'] as const

/** The form in which browsers send a host: lower case, punycode, no scheme, no path, no trailing dot. */
function toHost(name: string): string {
  const bare = name.trim().replace(/^[a-z]+:\/\//i, '')
  const host = bare.replace(/[/?#].*$/, '').replace(/\.$/, '')
  if (!/[^\0-\x7f]/.test(host)) return host.toLowerCase()
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : host
}

const hostName = z.preprocess(
  (value) => (typeof value === 'string' ? toHost(value) : (value ?? '')),
  z
    .string({ error: 'Name must be a host name such as go.example.com' })
    .min(1, { error: 'Name is required', abort: true })
    .max(253, 'Name must be at most 253 characters long')
    .refine((name) => !name.startsWith('*.'), {
      error: 'Name is the parent domain: leave out *. and set wildcard',
      abort: true,
    })
    .refine((name) => !/:\d*$/.test(name), {
      error: 'Name must not have a port: visitors are told apart by host only',
      abort: true,
    })
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'Name must be a host name such as go.example.com'),
)

/** A host name that visitors reach us by (reference click-processing §12). */
export const domain = defineEntity({
  name: 'domains',
  label: 'domain',
  fields: z.object({
    name: hostName.describe('Host name visitors use, e.g. go.example.com.'),
    scheme: z
      .enum(['', 'http', 'https'], { error: 'must be http, https or empty' })
      .default('')
      .describe('Scheme that the name was written with, to show it that way.'),
    state: state().default('active').describe('A deleted domain is archived.'),
    default_campaign_id: reference().default(null).describe('Campaign that answers at `/`, null for none.'),
    catch_not_found: flag().default(false).describe('Whether unknown paths lead to the default campaign.'),
    wildcard: flag().default(false).describe('Whether every subdomain counts as this domain.'),
    ssl_redirect: flag().default(false).describe('Sends visitors who come by http to https.'),
    is_ssl: flag()
      .default(false)
      .describe(
        'Whether visitors can come by https: links to the domain then begin with it. The web server in front has the certificate, Trackyard gets none. Always true with ssl_redirect and with a name that begins with https://.',
      ),
    allow_indexing: flag().default(true).describe('Whether search engines may index it.'),
    admin_dashboard: flag()
      .default(true)
      .describe('Whether admin pages and API answer at this host; without it they are not found there.'),
    group_id: reference().default(null).describe('Group it is filed under, null for none.'),
    notes: text(10_000).nullable().default('').describe('Free text.'),
    network_status: z.enum(NETWORK_STATUSES).default('pending').describe('What the last check found.'),
    error_description: text().default('').describe('What is wrong, empty when nothing is.'),
    error_solution: text().default('').describe('What to do about it.'),
    check_retries: integer().default(0).describe('Checks that failed in a row.'),
    next_check_at_ms: z
      .number()
      .nullable()
      .default(null)
      .describe('When it is due to be checked again, UTC epoch milliseconds; null before the first check.'),
  }),
  unique: ['name'],
  references: { default_campaign_id: 'campaigns' },
  moneyFields: [],
})
export type Domain = Stored<typeof domain>

/** Whether links to the domain begin with https. */
export const isHttps = ({
  is_ssl,
  ssl_redirect,
  scheme,
}: Pick<Domain, 'is_ssl' | 'ssl_redirect' | 'scheme'>): boolean => is_ssl || ssl_redirect || scheme === 'https'
