import { WAYS } from '@trackyard/core/click/came-by.ts'
import { z } from 'zod'
import { changeList, drawList, filterList, macroList, notAskedStreams } from './decision-answer.ts'

const named = (what: string) =>
  z
    .object({ id: z.int().describe('Its id.'), name: z.string().describe('Its name now.') })
    .nullable()
    .describe(what)

const comparison = z.object({
  index: z.int().describe('Place in the list of filters, from 0.'),
  name: z.string().describe('Name of the filter.'),
  label: z.string().describe('What people call the filter.'),
  mode: z.string().nullable().describe('accept or reject; null when the stream has been changed since.'),
  payload: z.unknown().describe('What the filter asked for; null when the stream has been changed since.'),
  visitor: z
    .string()
    .nullable()
    .describe('What the visitor had, in words; null when it is not kept or may not be told.'),
  wanted: z.string().nullable().describe('What the filter asked for, in words.'),
  changed_since: z.boolean().describe('The stream was changed after the click, so nobody knows what the filter held.'),
})

const stream = z.object({
  stream_id: z.int().describe('Id of the stream.'),
  name: z.string().describe('Its name now, empty when it is gone.'),
  type: z.string().nullable().describe('Its type now.'),
  position: z.int().nullable().describe('Its position now.'),
  verdict: z.string().describe('taken, bound, filtered, or no_destination.'),
  reason: z.string().describe('The verdict in words, with what the visitor had and what was wanted.'),
  failed_filter: comparison
    .nullable()
    .describe('The filter that refused; the last one where any of them would have done.'),
  failed_filters: z.array(comparison).describe('Every filter that refused.'),
  filters: filterList,
  capped_offers: z
    .array(z.object({ id: z.int().describe('Its id.'), name: z.string().describe('Its name now.') }))
    .describe('Offers that had reached their daily cap and passed the visitor on to their alternative, in order.'),
})

/** What `explain` answers. */
export const explainAnswer = z.object({
  sub_id: z.string().describe('Id of the click.'),
  summary: z.string().describe('Why the click went where it went, or why it went nowhere and what to do about it.'),
  dead_end: z
    .string()
    .nullable()
    .describe(
      'Why the visitor got nothing: no_stream, no_match, nothing_to_show, no_url, not_fetched or turned_away; null for a click that was answered.',
    ),
  datetime: z.string().describe('When it came, UTC.'),
  came_by: z
    .enum(WAYS)
    .describe(
      'How it came and where the answer ended up: direct in a window of its own; iframe, script or image inside another page; api for a site that asked by the Click API; page for a page script; visit for a tracking script or a pixel, which show nothing. Clicks of versions that did not note it are direct.',
    ),
  campaign: named('The campaign it reached.'),
  parent: z
    .object({ campaign_id: z.int().describe('Id of that campaign.'), sub_id: z.string().describe('The click there.') })
    .nullable()
    .describe('The campaign that handed the visitor on.'),
  parameters: z.record(z.string(), z.unknown()).describe('Slots that were filled.'),
  detection: z
    .record(z.string(), z.unknown())
    .describe(
      'What was found out about the visitor; unknown where nothing was. bot_reason says why it counts as a bot.',
    ),
  uniqueness: z
    .object({
      visitor_code: z.string().describe('Code of the visitor.'),
      campaign: z.boolean().describe('The first visit to the campaign.'),
      stream: z.boolean().describe('The first visit to the stream.'),
      global: z.boolean().describe('The first visit to any campaign.'),
    })
    .describe('For what the visit was the first within the uniqueness time.'),
  screening: z.array(z.record(z.string(), z.unknown())).describe('What lists said before a stream was asked.'),
  changed_since: changeList,
  streams: z.array(stream).describe('Streams in the order they were tried.'),
  not_asked: notAskedStreams,
  choice: z
    .object({
      stream: named('The stream that took the click.'),
      landing: named('The landing page shown.'),
      offer: named('The offer reached or chosen.'),
      affiliate_network: named('The network of the offer.'),
      roll: z.number().describe('The random number that every split of the click comes from.'),
      draws: drawList,
    })
    .describe('What was chosen.'),
  macros: macroList,
  cost: z.number().describe('Cost of the click in the base currency.'),
  cost_reason: z
    .string()
    .describe('How the cost came about: what the click itself costs and what was charged for its conversions.'),
  action: z
    .string()
    .nullable()
    .describe('Key of the action that answered; null when none did, or when it was changed since.'),
  destination: z.string().describe('Where the visitor was sent, or the label of the action.'),
  events: z.array(z.record(z.string(), z.unknown())).describe('What came later: the landing click and conversions.'),
  conversions: z.array(z.record(z.string(), z.unknown())).describe('Conversions of the click.'),
})
