import type { EntityKind } from '@trackyard/core/entities/index.ts'
import { z } from 'zod'
import type { Dialect } from './dialect.ts'
import { codesOrNull, filters2017, moneyText, phpDate, type Shown, schema2017, textOrNull } from './values.ts'

/** What was done to the entities of an answer. */
export type Operation =
  | 'list'
  | 'get'
  | 'create'
  | 'update'
  | 'archive'
  | 'delete'
  | 'restore'
  | 'enable'
  | 'disable'
  | 'clone'
  | 'check'

/** What a value may depend on besides the entity. */
export interface About {
  readonly operation: Operation
  /** Fields the request carried. */
  readonly sent: ReadonlySet<string>
  /** Times of the entity before this change, or of the one a copy was made of; null where there was none. */
  readonly before: { readonly created_at: string; readonly updated_at: string } | null
}

/** A value that is written in another way. */
interface Value {
  readonly from: (shown: Shown, about: About) => unknown
  readonly schema: z.ZodType
}

/** How one kind of entity is shown; what is left out is as the modern form has it. */
export interface Shape {
  /** Operations that answer a list of one (reference admin-api §1.7). */
  readonly listOfOne?: readonly Operation[]
  /** Operations that answer an empty body. */
  readonly emptyBody?: readonly Operation[]
  /** Operations whose id is numeric text. */
  readonly textId?: readonly Operation[]
  /** The keys that are shown, in this order. */
  readonly keys?: (about: About) => readonly string[]
  readonly values?: Readonly<Record<string, Value>>
}

interface DialectDef {
  readonly shapes: Readonly<Partial<Record<EntityKind, Shape>>>
  /** Name of a copy; `atMs` is the time it is made. */
  cloneName(kind: EntityKind, name: string, atMs: number): string
}

const CAMPAIGN_LISTS = ['archive', 'restore', 'enable', 'disable', 'clone'] as const
const CAMPAIGN_2017 =
  'id alias name type cookies_ttl position state updated_at cost_type cost_value cost_currency group_id bind_visitors traffic_source_id token cost_auto'
const STREAM_2017 =
  'id type name campaign_id position chance action_options comments state updated_at action_type action_payload schema collect_clicks filter_or filters triggers landings offers'
const OFFER_2017 =
  'id name group_id url affiliate_network_id payout_value payout_currency payout_type state created_at updated_at payout_auto payout_upsell country notes affiliate_network'
const NEW_OFFER_2017 = 'name url created_at updated_at state id group affiliate_network'
const NETWORK_2017 = 'id name postback_url state template_name created_at updated_at'
const GROUP_2017 = 'id name position type'

const MONEY = z
  .string()
  .regex(/^-?\d+\.\d{4}$/)
  .describe('money as text with four decimals, e.g. 0.0200.')
const PHP_DATE = z
  .object({
    date: z.string().describe('Time with six decimals of a second.'),
    timezone_type: z.literal(3).describe('A named time zone.'),
    timezone: z.literal('UTC').describe('Always UTC.'),
  })
  .describe('time as PHP prints its date objects.')
const FILTERS = z
  .array(
    z.object({
      id: z.int().describe('Id of the row.'),
      stream_id: z.int().describe('Stream it belongs to.'),
      name: z.string().describe('Key of the filter.'),
      mode: z.enum(['allow', 'reject']).describe('allow wants what the filter says, reject the opposite.'),
      payload: z.unknown().describe('What the filter compares with.'),
    }),
  )
  .describe('mode allow in place of accept; without oid.')

const words = (text: string): readonly string[] => text.split(' ')
const always = (text: string) => () => words(text)

/**
 * Everything in which the dialects differ. `2017` follows the samples of the first Admin API to the letter; kinds and
 * operations it has no sample of are shown as in `modern`.
 */
export const dialects: Readonly<Record<Dialect, DialectDef>> = {
  modern: {
    cloneName: (_, name) => `Copy of ${name}`,
    shapes: {
      affiliate_networks: { listOfOne: ['archive', 'restore', 'clone'] },
      campaigns: { listOfOne: CAMPAIGN_LISTS },
      offers: { listOfOne: ['archive', 'restore', 'clone'] },
      traffic_sources: { listOfOne: ['clone'] },
      domains: { listOfOne: ['create', 'restore', 'check'] },
    },
  },
  '2017': {
    cloneName: (kind, name, atMs) => (kind === 'affiliate_networks' ? `${name} Copy ${day(atMs)}` : `${name} Copy`),
    shapes: {
      affiliate_networks: {
        listOfOne: ['create', 'update', 'archive', 'restore', 'clone'],
        textId: ['create', 'update', 'archive', 'restore', 'clone'],
        keys: always(NETWORK_2017),
      },
      campaigns: {
        listOfOne: CAMPAIGN_LISTS,
        keys: always(CAMPAIGN_2017),
        values: {
          cost_value: { from: ({ cost_value }) => moneyText(cost_value), schema: MONEY },
          updated_at: {
            from: campaignUpdatedAt,
            schema: z
              .string()
              .nullable()
              .describe('null until the first change; updates and copies show the time as it was before.'),
          },
        },
      },
      streams: {
        keys: always(STREAM_2017),
        values: {
          chance: { from: ({ weight }) => weight, schema: z.number().describe('older name of weight.') },
          schema: {
            from: schema2017,
            schema: z
              .enum(['landings', 'redirect', 'action', 'offers'])
              .describe('offers for streams without landing pages.'),
          },
          filters: { from: ({ filters }) => filters2017(filters), schema: FILTERS },
        },
      },
      offers: {
        listOfOne: ['archive', 'restore', 'clone'],
        textId: ['create'],
        // Creating answers what was sent and what the server chose, nothing else.
        keys: ({ operation, sent }) =>
          operation === 'create'
            ? [...new Set([...words(NEW_OFFER_2017), ...words(OFFER_2017).filter((key) => sent.has(key))])]
            : words(OFFER_2017),
        values: {
          payout_value: { from: ({ payout_value }) => moneyText(payout_value), schema: MONEY },
          created_at: { from: ({ created_at }) => phpDate(created_at), schema: PHP_DATE },
          updated_at: { from: ({ updated_at }) => phpDate(updated_at), schema: PHP_DATE },
          country: {
            from: ({ country }) => codesOrNull(country),
            schema: z.string().nullable().describe('country codes joined by commas, null for none.'),
          },
          notes: {
            from: ({ notes }) => textOrNull(notes),
            schema: z.string().nullable().describe('null in place of empty text.'),
          },
          group: {
            from: ({ group }) => group || 'No group',
            schema: z.string().describe('name of the group, `No group` without one.'),
          },
        },
      },
      groups: {
        textId: ['create'],
        emptyBody: ['delete'],
        keys: ({ operation }) => words(operation === 'update' ? `${GROUP_2017} count` : GROUP_2017),
        values: {
          count: { from: ({ count }) => String(count), schema: z.string().describe('number of members as text.') },
        },
      },
      traffic_sources: { listOfOne: ['clone'] },
      domains: { listOfOne: ['create', 'restore', 'check'] },
    },
  },
}

/**
 * Null until the first change. Updates and copies answer with the time as it was before, which is why the sample of an
 * update still shows null.
 */
function campaignUpdatedAt(shown: Shown, { operation, before }: About): unknown {
  const { created_at, updated_at } = before && (operation === 'update' || operation === 'clone') ? before : shown
  return created_at === updated_at ? null : updated_at
}

const MONTHS = words('Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec')

/** `05 Nov 2017 14:30`, UTC. */
function day(atMs: number): string {
  const [date = '', time = ''] = new Date(atMs).toISOString().split('T')
  const [year, month, dayOfMonth] = date.split('-')
  return `${dayOfMonth} ${MONTHS[Number(month) - 1]} ${year} ${time.slice(0, 5)}`
}
