import { z } from 'zod'
import { defineEntity, type Stored } from './entity.ts'
import { flag, reference, state, text } from './fields.ts'

const hostName = z.preprocess(
  (value) =>
    typeof value === 'string'
      ? value
          .trim()
          .toLowerCase()
          .replace(/^https?:\/\//, '')
          .replace(/\/.*$/, '')
      : (value ?? ''),
  z
    .string({ error: 'Name must be a host name such as go.example.com' })
    .min(1, { error: 'Name is required', abort: true })
    .max(253, 'Name must be at most 253 characters long')
    .regex(
      /^[a-z0-9\u0080-\uffff]([a-z0-9.\u0080-\uffff-]*[a-z0-9\u0080-\uffff])?(:\d+)?$/,
      'Name must be a host name such as go.example.com',
    ),
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
  }),
  unique: ['name'],
  references: { default_campaign_id: 'campaigns' },
  moneyFields: [],
})
export type Domain = Stored<typeof domain>
