import type { GroupedKind, NameKind, ReportContext } from './context.ts'
import type { DimensionDef, Labels } from './dimension.ts'

const NO_NAMES: ReadonlyMap<number, string> = new Map()

const namesOf = (kind: NameKind): Labels => ({
  empty: null,
  entries: ({ names }) => names[kind] ?? NO_NAMES,
  unknown: (key) => `#${key}`,
  keyType: 'UInt32',
})

/** Grouped by id, so that two things of one name stay two and a renamed one stays one. */
const named = (help: string, kind: NameKind, idColumn: string): DimensionDef => ({
  help,
  kind: 'text',
  use: 'group',
  key: () => idColumn,
  labels: namesOf(kind),
})

/** The group a thing is in now; clicks do not store it. */
const groupId =
  (kind: GroupedKind, idColumn: string): DimensionDef['key'] =>
  ({ binder, context }) => {
    const groups = context.groups?.[kind]
    if (groups === undefined || groups.size === 0) return 'toUInt32(0)'
    const ids = binder.once(`${kind}_ids`, 'Array(UInt32)', () => [...groups.keys()])
    const groupIds = binder.once(`${kind}_groups`, 'Array(UInt32)', () => [...groups.values()])
    return `transform(${idColumn}, ${ids}, ${groupIds}, toUInt32(0))`
  }

const grouping = (what: string, kind: GroupedKind, idColumn: string): Record<string, DimensionDef> => ({
  [`${what}_group`]: {
    help: `Group of the ${what}.`,
    kind: 'text',
    use: 'group',
    key: groupId(kind, idColumn),
    labels: namesOf('groups'),
  },
  [`${what}_group_id`]: {
    help: `Id of the group of the ${what}.`,
    kind: 'number',
    use: 'group',
    key: groupId(kind, idColumn),
  },
})

/** Names in English; the admin shows its own language by the code. */
const displayNames = (type: 'region' | 'language', codes: () => Iterable<string>): Labels => {
  let known: ReadonlyMap<string, string> | undefined
  return {
    empty: '',
    entries() {
      const names = new Intl.DisplayNames('en', { type, fallback: 'none' })
      known ??= new Map(
        [...codes()].flatMap((code): [string, string][] => {
          const name = names.of(code)
          return name === undefined ? [] : [[code, name]]
        }),
      )
      return known
    },
    unknown: (key) => String(key),
    keyType: 'String',
    isCode: true,
  }
}

function* letterPairs(first: string): Generator<string> {
  const start = first.charCodeAt(0)
  for (let a = 0; a < 26; a++) for (let b = 0; b < 26; b++) yield String.fromCharCode(start + a, start + b)
}

export const namedDimensions: Readonly<Record<string, DimensionDef>> = {
  campaign: named('Name of the campaign.', 'campaigns', 'campaign_id'),
  parent_campaign: named('Name of the campaign before.', 'campaigns', 'parent_campaign_id'),
  stream: named('Name of the stream.', 'streams', 'stream_id'),
  landing: named('Name of the landing page.', 'landings', 'landing_id'),
  offer: named('Name of the offer.', 'offers', 'offer_id'),
  affiliate_network: named('Name of the affiliate network.', 'affiliate_networks', 'affiliate_network_id'),
  ts: named('Name of the traffic source.', 'traffic_sources', 'ts_id'),
  ...grouping('campaign', 'campaigns', 'campaign_id'),
  ...grouping('landing', 'landings', 'landing_id'),
  ...grouping('offer', 'offers', 'offer_id'),
  country: {
    help: 'Name of the country; filters take its code as well.',
    kind: 'text',
    use: 'group',
    key: () => 'country',
    labels: displayNames('region', () => letterPairs('A')),
  },
  language: {
    help: 'Name of the browser language; filters take its code as well.',
    kind: 'text',
    use: 'group',
    key: () => 'language',
    labels: displayNames('language', () => letterPairs('a')),
  },
}

/** Positions of the known keys when their names are put in order, for sorting by name in the store. */
export function nameRanks(
  labels: Labels,
  context: ReportContext,
): { readonly keys: (string | number)[]; readonly ranks: number[] } {
  const sorted = [...labels.entries(context)]
    .map(([key, name]) => ({ key, name: name.toLowerCase() }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  let rank = 0
  // Equal names share a rank, so the next sort key decides between them.
  const ranks = sorted.map(({ name }, i) => (name === sorted[i - 1]?.name ? rank : ++rank))
  return { keys: sorted.map(({ key }) => key), ranks }
}
