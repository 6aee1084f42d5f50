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
    name: hostName,
    state: state().default('active'),
    default_campaign_id: reference().default(null),
    catch_not_found: flag().default(false),
    wildcard: flag().default(false),
    ssl_redirect: flag().default(false),
    allow_indexing: flag().default(true),
    group_id: reference().default(null),
    notes: text(10_000).nullable().default(''),
    /** What the last check of the name found; written by the server alone. */
    network_status: z.enum(NETWORK_STATUSES).default('pending'),
    error_description: text().default(''),
    /** What to do about it. */
    error_solution: text().default(''),
    /** Checks that failed in a row. */
    check_retries: integer().default(0),
    /** UTC epoch milliseconds; null before the first check. */
    next_check_at_ms: z.number().nullable().default(null),
  }),
  unique: ['name'],
  references: { default_campaign_id: 'campaigns' },
  moneyFields: [],
})
export type Domain = Stored<typeof domain>
