import { z } from 'zod'
import { eitherOf, requiredOr } from '../plain-words.ts'
import { conditions, TRIGGER_CONDITIONS, type TriggerCondition } from '../triggers/conditions.ts'
import { alternativesOf, isAlternative, isWebUrl } from '../triggers/urls.ts'
import { flag, integer, text } from './fields.ts'

export const TRIGGER_TARGETS = ['stream', 'landings', 'offers', 'selected_page'] as const
export const TRIGGER_ACTIONS = ['disable', 'replace_url', 'grab_from_page'] as const

const MAX_ALTERNATIVES = 100

const oneOf = <const Value extends string>(values: readonly Value[], what: string) =>
  z.enum(values, { error: requiredOr(`must be ${eitherOf(values)}`, `${what} is required: ${eitherOf(values)}`) })
const unset = (value: unknown): unknown => value ?? ''
const optionalText = (max: number) => z.preprocess(unset, text(max)).default('')
const webUrl = z
  .preprocess(
    unset,
    text(2000).refine((url) => url === '' || isWebUrl(url), 'must be a web address such as https://page.example/'),
  )
  .default('')

const nullableFlag = () => z.preprocess((value) => value ?? false, flag()).default(false)

/** What a trigger consists of. */
export const streamTriggerFields = {
  id: integer(0).optional().describe('Id of the row; leave it out for a new one.'),
  condition: oneOf(TRIGGER_CONDITIONS as readonly [TriggerCondition, ...TriggerCondition[]], 'Condition').describe(
    TRIGGER_CONDITIONS.map((key) => `${key}: ${conditions[key].help}`).join(' '),
  ),
  target: oneOf(TRIGGER_TARGETS, 'Target').describe(
    'What is looked at: the URL of the stream, each of its landing pages or offers, or selected_page. Action disable switches off the stream, or the landing page or offer in it.',
  ),
  selected_page: webUrl.describe('Address to look at, with target selected_page.'),
  pattern: optionalText(1000).describe('Text to look for in the page; upper and lower case differ.'),
  action: oneOf(TRIGGER_ACTIONS, 'Action').describe(
    'disable; replace_url takes the next of alternative_urls that passes the check itself; grab_from_page takes the URL that another page names.',
  ),
  interval: z
    .preprocess(
      (value) => (value === null || value === '' || value === 0 || value === '0' ? undefined : value),
      integer(1, 525_600).default(60),
    )
    .describe('Minutes between two checks.'),
  alternative_urls: z
    .preprocess((value) => (Array.isArray(value) ? value.join('\n') : unset(value)), text(100_000))
    .default('')
    .describe('Whole URLs, or hosts that take the place of the host, one a line. They take turns.'),
  grab_from_page: webUrl.describe('Page whose text is the new URL.'),
  reverse: nullableFlag().describe('Switches on again what the trigger switched off, once the condition is over.'),
  scan_page: nullableFlag().describe('Asks malware lists about the links and scripts of the page, too.'),
  av_settings: optionalText(10_000).describe('Kept for clients that send it.'),
  run: z
    .object({
      lastRunAtMs: z.number().describe('When it ran last, UTC epoch milliseconds.'),
      nextRunAtMs: z.number().describe('When it runs next, UTC epoch milliseconds.'),
      lastResult: z.string().describe('What it found and did, in words.'),
      nextAlternative: z.number().describe('Which line of alternative_urls is tried first.'),
      switchedOff: z.array(z.number()).describe('Landing pages or offers it switched off; 0 is the stream.'),
    })
    .optional()
    .catch(undefined)
    .describe('What it remembers between its runs. Set by the server; what is sent is overwritten.'),
  enabled: z
    .preprocess((value) => value ?? true, flag())
    .default(true)
    .describe('Whether it runs.'),
}

/** A regular check of a stream's pages and what to do when it finds something (reference click-processing §7). */
export const streamTrigger = z.preprocess(
  // One release of the API misspells the name.
  (value) =>
    isRecord(value) && value.target === undefined && value.taget !== undefined
      ? { ...value, target: value.taget }
      : value,
  z.object(streamTriggerFields, { error: 'must be an object' }).superRefine((trigger, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if (conditions[trigger.condition].needsPattern && trigger.pattern === '')
      refuse('pattern', `is required with condition ${trigger.condition}: write the text to look for`)
    if (trigger.target === 'selected_page' && trigger.selected_page === '')
      refuse('selected_page', 'is required with target selected_page: write the address to look at')
    if (trigger.action === 'grab_from_page' && trigger.grab_from_page === '')
      refuse(
        'grab_from_page',
        'is required with action grab_from_page: write the address of the page that names the URL',
      )
    const alternatives = alternativesOf(trigger.alternative_urls)
    const wrong = alternatives.find((line) => !isAlternative(line))
    if (wrong !== undefined)
      refuse(
        'alternative_urls',
        `"${wrong.slice(0, 80)}" must be a whole URL such as https://page.example/, or a host such as page.example`,
      )
    if (alternatives.length > MAX_ALTERNATIVES) refuse('alternative_urls', `must be at most ${MAX_ALTERNATIVES} lines`)
    if (trigger.action === 'replace_url' && alternatives.length === 0)
      refuse('alternative_urls', 'is required with action replace_url: write one URL a line')
  }),
)
export type StreamTrigger = z.output<typeof streamTrigger>

/** Reads a trigger as it is stored. Those saved before they were checked may be anything: null. */
export function readTrigger(stored: unknown): StreamTrigger | null {
  const parsed = streamTrigger.safeParse(stored)
  return parsed.success ? parsed.data : null
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
