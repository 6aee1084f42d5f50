import { z } from 'zod'

/** What `explain` and `simulate` tell of a decision besides where it led. */

const told = z.object({
  index: z.int().describe('Place in the list of filters, from 0.'),
  name: z.string().describe('Name of the filter.'),
  label: z.string().describe('What people call the filter.'),
  mode: z.string().describe('accept or reject.'),
  payload: z.unknown().describe('What the filter asks for.'),
  visitor: z
    .string()
    .nullable()
    .describe('What the visitor had, in words; null when it is not kept or may not be told.'),
  wanted: z.string().describe('What the filter asks for, in words.'),
  verdict: z
    .enum(['passed', 'refused', 'not_asked'])
    .describe('What it said; not_asked when the answer was clear before its turn came.'),
})
export const filterList = z
  .array(told)
  .nullable()
  .describe('Every filter and what it said; null when the stream was changed after the click.')

export const notAskedStreams = z
  .array(
    z.object({
      stream_id: z.int().describe('Id of the stream.'),
      name: z.string().describe('Its name now.'),
      type: z.string().describe('Its type now.'),
      reason: z.string().describe('Why its turn did not come, in words.'),
    }),
  )
  .describe('Active streams whose turn did not come.')

export const drawList = z
  .array(
    z.object({
      split: z.enum(['stream', 'landing', 'offer']).describe('What was chosen.'),
      number: z.number().describe('Number in [0, 1) that decided, made from the roll for this choice alone.'),
      members: z
        .array(
          z.object({
            member_id: z.int().describe('Id of the stream, landing page or offer.'),
            name: z.string().describe('Its name now.'),
            weight: z.number().describe('Its weight or share.'),
            from: z.number().describe('It is taken when the number is at least this'),
            to: z.number().describe('and less than this.'),
          }),
        )
        .describe('Who stood for the choice.'),
      drawn_id: z.int().nullable().describe('Whom the number fell on.'),
      taken_id: z.int().nullable().describe('Who was taken.'),
      reason: z.string().describe('In words.'),
    }),
  )
  .nullable()
  .describe('Choices by weight, in the order they were made; null when the campaign was changed after the click.')

export const macroList = z
  .array(
    z.object({
      macro: z.string().describe('The macro as it is written.'),
      value: z.string().nullable().describe('What it printed; null when that is not kept.'),
    }),
  )
  .nullable()
  .describe(
    'Macros of what was shown, with what they printed; null when it was changed after the click or is an uploaded page.',
  )

export const changeList = z
  .array(
    z.object({
      kind: z.string().describe('What was changed: campaign, stream, landing page, offer or filter set.'),
      changed_id: z.int().describe('Its id.'),
      name: z.string().describe('Its name now, empty when you may not see it.'),
      datetime: z.string().describe('When it was changed last, UTC.'),
    }),
  )
  .describe('What was changed after the click. What is told of these is told as they are now.')
