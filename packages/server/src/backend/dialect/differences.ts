import type { EntityKind } from '@trackyard/core/entities/index.ts'
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
  readonly values?: Readonly<Record<string, (shown: Shown, about: About) => unknown>>
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
        values: { cost_value: ({ cost_value }) => moneyText(cost_value), updated_at: campaignUpdatedAt },
      },
      streams: {
        keys: always(STREAM_2017),
        values: {
          chance: ({ weight }) => weight,
          schema: schema2017,
          filters: ({ filters }) => filters2017(filters),
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
          payout_value: ({ payout_value }) => moneyText(payout_value),
          created_at: ({ created_at }) => phpDate(created_at),
          updated_at: ({ updated_at }) => phpDate(updated_at),
          country: ({ country }) => codesOrNull(country),
          notes: ({ notes }) => textOrNull(notes),
          group: ({ group }) => group || 'No group',
        },
      },
      groups: {
        textId: ['create'],
        emptyBody: ['delete'],
        keys: ({ operation }) => words(operation === 'update' ? `${GROUP_2017} count` : GROUP_2017),
        values: { count: ({ count }) => String(count) },
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
