import { z } from 'zod'
import { requiredOr } from '../plain-words.ts'
import { defineEntity, type Stored } from './entity.ts'
import { flag, integer, number, options, reference, state, text } from './fields.ts'
import { streamTrigger } from './trigger.ts'

const id = integer(0).optional().describe('Id of the row; leave it out for a new one.')

/** Filters of cloaking services have modes of their own, so a script that sends one is to know what is refused. */
const modeError = ({ input }: { readonly input?: unknown }): string =>
  input === 'black' || input === 'white'
    ? `must be accept or reject: ${input} is a mode of cloaking services, which Trackyard does not support, so remove the filter; to stop bots use the filter bot`
    : 'must be accept or reject'

/** Row of a stream's filter list; its payload is checked by the filter's own entry (core/filters). */
export const streamFilter = z.object({
  id,
  name: z
    .string({ error: requiredOr('Filter name must be text', 'Filter name is required') })
    .min(1, 'Filter name is required')
    .describe('Key of the filter, as listed by stream_filters.'),
  mode: z
    .preprocess(
      (value) => {
        const mode = typeof value === 'string' ? value.toLowerCase() : value
        return mode === 'allow' || mode === undefined ? 'accept' : mode
      },
      z.enum(['accept', 'reject'], { error: modeError }),
    )
    .describe('accept wants what the filter says, reject the opposite.'),
  payload: z.unknown().optional().describe('What the filter compares with, e.g. ["US", "CA"].'),
})
const share = number(0, 1_000_000)
  .default(100)
  .describe('Share of visitors beside the other rows; it need not add up to 100.')
const member = z
  .enum(['active', 'disabled'], { error: 'must be active or disabled' })
  .default('active')
  .describe('A disabled row gets no visitors.')
/** Set by the server when the row is saved; what a client sends is overwritten. */
const time = z.number().optional().describe('Set by the server; what is sent is overwritten.')
const memberTimes = { created_at_ms: time, updated_at_ms: time }
export const streamLanding = z.object({
  id,
  landing_id: integer(1).describe('Landing page.'),
  share,
  state: member,
  ...memberTimes,
})
export const streamOffer = z.object({
  id,
  offer_id: integer(1).describe('Offer.'),
  share,
  state: member,
  ...memberTimes,
})

const isNothing = (value: unknown): boolean => value === undefined || value === null || value === ''

const list = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => value ?? [], z.array(item, { error: 'must be a list' }))

/** One branch of a campaign: filters, then an action or landing pages and offers (reference click-processing §5). */
export const stream = defineEntity({
  name: 'streams',
  label: 'stream',
  fields: z.object({
    campaign_id: z
      .preprocess(
        (value) => (typeof value === 'string' && value !== '' ? Number(value) : value),
        z
          .int({
            error: ({ input }) => (isNothing(input) ? 'campaign_id is required' : 'campaign_id must be a number'),
          })
          .positive('campaign_id must be the id of a campaign'),
      )
      .describe('Campaign it belongs to; it stays there when the stream is changed.'),
    name: text(255).nullable().default('').describe('What people call it.'),
    type: z
      .enum(['forced', 'regular', 'default'], { error: 'must be forced, regular or default' })
      .default('regular')
      .describe(
        'When it is tried: forced first, regular by position or weight, default when nothing else took the click.',
      ),
    position: integer()
      .nullable()
      .default(null)
      .describe('Order among the streams of the campaign; a new one comes last when left out.'),
    weight: number(0, 1_000_000)
      .default(100)
      .describe('Share of clicks beside other regular streams, in campaigns of type weight.'),
    state: state().default('active').describe('A disabled stream takes no clicks; a deleted one is archived.'),
    /** `offers` is the 2017 word for landings without landing pages. */
    schema: z
      .preprocess(
        (value) => (value === 'offers' ? 'landings' : value),
        z.enum(['landings', 'redirect', 'action'], { error: 'must be landings, redirect or action' }),
      )
      .default('landings')
      .describe(
        'What it does with a click: landings splits visitors among landing pages and offers, redirect sends them to one URL, action answers by itself.',
      ),
    action_type: z
      .string({ error: 'must be the key of an action' })
      .default('http')
      .describe('Key of the action, as listed by stream_actions; used with schema redirect and action.'),
    action_payload: z
      .union([z.string(), z.number().transform(String), z.record(z.string(), z.unknown())], {
        error: 'must be a URL, text or an object',
      })
      .nullable()
      .default('')
      .describe('URL, text or campaign id that the action works with; macros are filled in.'),
    action_options: options().default(null).describe('Settings of the action, if it has any.'),
    collect_clicks: flag().default(true).describe('Whether clicks it takes are recorded.'),
    filter_or: flag().default(false).describe('One filter that says yes is enough; otherwise all must.'),
    offer_selection: z
      .enum(['before_click', 'after_click'], { error: 'must be before_click or after_click' })
      .default('after_click')
      .describe('When the offer is drawn: before_click with the landing page, after_click when the visitor goes on.'),
    comments: text(10_000).nullable().default('').describe('Free text.'),
    filters: list(streamFilter)
      .default([])
      .describe('What a click must be like; the names are listed by stream_filters. The whole list is replaced.'),
    landings: list(streamLanding)
      .default([])
      .describe('Landing pages and their shares, used with schema landings. The whole list is replaced.'),
    offers: list(streamOffer)
      .default([])
      .describe('Offers and their shares, used with schema landings. The whole list is replaced.'),
    /** Unknown to the click path: a job of the backend runs them. */
    triggers: list(streamTrigger)
      .default([])
      .describe('Regular checks of its pages, which may switch it or change its URL. The whole list is replaced.'),
    group_id: reference().default(null).describe('Group it is filed under, null for none.'),
  }),
  unique: [],
  references: { campaign_id: 'campaigns' },
  moneyFields: [],
})
export type Stream = Stored<typeof stream>
export type StreamFilter = z.output<typeof streamFilter>
