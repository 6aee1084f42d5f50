import { z } from 'zod'
import { defineEntity, type Stored } from './entity.ts'
import { flag, integer, number, options, reference, state, text } from './fields.ts'

const id = integer(0).optional()

/** Row of a stream's filter list; its payload is checked by the filter's own entry (core/filters). */
export const streamFilter = z.object({
  id,
  name: z.string({ error: 'Filter name is required' }).min(1, 'Filter name is required'),
  mode: z.preprocess(
    (value) => {
      const mode = typeof value === 'string' ? value.toLowerCase() : value
      return mode === 'allow' || mode === undefined ? 'accept' : mode
    },
    z.enum(['accept', 'reject'], { error: 'must be accept or reject' }),
  ),
  payload: z.unknown().optional(),
})
const share = number(0, 1_000_000).default(100)
const member = z.enum(['active', 'disabled'], { error: 'must be active or disabled' }).default('active')
/** Set by the server when the row is saved; what a client sends is overwritten. */
const memberTimes = { created_at_ms: z.number().optional(), updated_at_ms: z.number().optional() }
export const streamLanding = z.object({ id, landing_id: integer(1), share, state: member, ...memberTimes })
export const streamOffer = z.object({ id, offer_id: integer(1), share, state: member, ...memberTimes })

const list = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => value ?? [], z.array(item, { error: 'must be a list' }))

/** One branch of a campaign: filters, then an action or landing pages and offers (reference click-processing §5). */
export const stream = defineEntity({
  name: 'streams',
  label: 'stream',
  fields: z.object({
    campaign_id: z.preprocess(
      (value) => (typeof value === 'string' && value !== '' ? Number(value) : value),
      z.int({ error: 'campaign_id is required' }).positive('campaign_id is required'),
    ),
    name: text(255).nullable().default(''),
    type: z.enum(['forced', 'regular', 'default'], { error: 'must be forced, regular or default' }).default('regular'),
    position: integer().nullable().default(null),
    weight: number(0, 1_000_000).default(100),
    state: state().default('active'),
    /** `offers` is the 2017 word for landings without landing pages. */
    schema: z
      .preprocess(
        (value) => (value === 'offers' ? 'landings' : value),
        z.enum(['landings', 'redirect', 'action'], { error: 'must be landings, redirect or action' }),
      )
      .default('landings'),
    action_type: z.string({ error: 'must be the key of an action' }).default('http'),
    action_payload: z
      .union([z.string(), z.number().transform(String), z.record(z.string(), z.unknown())], {
        error: 'must be a URL, text or an object',
      })
      .nullable()
      .default(''),
    action_options: options().default(null),
    collect_clicks: flag().default(true),
    filter_or: flag().default(false),
    offer_selection: z
      .enum(['before_click', 'after_click'], { error: 'must be before_click or after_click' })
      .default('after_click'),
    comments: text(10_000).nullable().default(''),
    filters: list(streamFilter).default([]),
    landings: list(streamLanding).default([]),
    offers: list(streamOffer).default([]),
    /** Kept for the health checks that run them; unknown to the click path. */
    triggers: list(z.record(z.string(), z.unknown(), { error: 'must be an object' })).default([]),
    group_id: reference().default(null),
  }),
  unique: [],
  references: { campaign_id: 'campaigns' },
  moneyFields: [],
})
export type Stream = Stored<typeof stream>
export type StreamFilter = z.output<typeof streamFilter>
