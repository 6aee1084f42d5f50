import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CompiledCampaign } from '@trackyard/core/click/compile.ts'
import type { Campaign } from '@trackyard/core/entities/index.ts'

/** Visitors get their turn while thousands of campaigns are filed. */
const FILED_A_TURN = 500
/** With more changes than this everything is filed anew. */
const MAX_CHANGES = 200

/** What a campaign is found by. */
export interface Findable {
  readonly compiled: Pick<CompiledCampaign, 'id' | 'alias' | 'cookiesTtlMs'> & {
    readonly bundle: { readonly campaign: Pick<Campaign, 'token'> }
  }
  /** Takes no clicks any more, and its alias is free. */
  readonly isArchived: boolean
}

/** Campaigns by what a request names them with. Immutable. */
export interface CampaignIndex<Found> {
  byAlias(alias: string): Found | undefined
  byId(id: number): Found | undefined
  /** As `byId`, and campaigns archived lately: a visitor on a landing page came before that and may go on. */
  byPass(id: number): Found | undefined
  /** The campaign whose secret for the Click API this is. */
  byToken(token: string): Found | undefined
  /** Without archived ones. */
  readonly campaignCount: number
  /** The longest time a visitor of any campaign stays known. */
  readonly longestUniquenessMs: number
}

/**
 * What it makes indexes one list of campaigns after another. A list that differs in a few costs a look at each campaign
 * and a small index of the few, laid over that of the others.
 */
export function createCampaignIndexer<Found extends Findable>(): (
  campaigns: readonly Found[],
) => Promise<CampaignIndex<Found>> {
  let base = filed<Found>([])
  let members: ReadonlySet<Found> = new Set()
  return async (campaigns) => {
    const come = campaigns.filter((campaign) => !members.has(campaign))
    const replaced = come.flatMap((campaign) => base.passes.get(campaign.compiled.id) ?? [])
    const someLeft = campaigns.length !== members.size + come.length - replaced.length
    if (come.length <= MAX_CHANGES && !someLeft) return overlaid(base, replaced, filed(come))
    const next = filed<Found>([])
    for (let start = 0; start < campaigns.length; start += FILED_A_TURN) {
      if (start > 0) await nextTurn()
      file(next, campaigns.slice(start, start + FILED_A_TURN))
    }
    base = next
    members = new Set(campaigns)
    return overlaid(base, [], filed<Found>([]))
  }
}

interface Filed<Found> {
  readonly aliases: Map<string, Found>
  readonly ids: Map<number, Found>
  readonly passes: Map<number, Found>
  readonly tokens: Map<string, Found>
  /** How many campaigns know their visitors for so many milliseconds. */
  readonly uniqueness: Map<number, number>
}

function filed<Found extends Findable>(campaigns: readonly Found[]): Filed<Found> {
  const files: Filed<Found> = {
    aliases: new Map(),
    ids: new Map(),
    passes: new Map(),
    tokens: new Map(),
    uniqueness: new Map(),
  }
  file(files, campaigns)
  return files
}

function file<Found extends Findable>(files: Filed<Found>, campaigns: readonly Found[]): void {
  for (const campaign of campaigns) {
    const { id, alias, bundle } = campaign.compiled
    files.passes.set(id, campaign)
    if (campaign.isArchived) continue
    files.ids.set(id, campaign)
    files.aliases.set(alias, campaign)
    // Without a token nobody asks for it.
    if (bundle.campaign.token !== '') files.tokens.set(bundle.campaign.token, campaign)
    count(files.uniqueness, campaign, 1)
  }
}

const count = (uniqueness: Map<number, number>, { compiled }: Findable, by: number): void =>
  void uniqueness.set(compiled.cookiesTtlMs, (uniqueness.get(compiled.cookiesTtlMs) ?? 0) + by)

/** What `over` does not know is looked up in `base`, unless it was found there under a campaign that is replaced. */
function overlaid<Found extends Findable>(
  base: Filed<Found>,
  replaced: readonly Found[],
  over: Filed<Found>,
): CampaignIndex<Found> {
  const isReplaced = new Set(replaced)
  const find =
    <Key>(first: Map<Key, Found>, then: Map<Key, Found>) =>
    (key: Key): Found | undefined => {
      const campaign = first.get(key) ?? then.get(key)
      return campaign && isReplaced.has(campaign) ? undefined : campaign
    }
  // Archived ones meet no new visitors.
  const gone = replaced.filter(({ isArchived }) => !isArchived)
  const left = new Map(base.uniqueness)
  for (const campaign of gone) count(left, campaign, -1)
  const uniquenessMs = [...left, ...over.uniqueness].flatMap(([ms, campaigns]) => (campaigns > 0 ? ms : []))
  return {
    byAlias: find(over.aliases, base.aliases),
    byId: find(over.ids, base.ids),
    byPass: find(over.passes, base.passes),
    byToken: find(over.tokens, base.tokens),
    campaignCount: base.ids.size - gone.length + over.ids.size,
    longestUniquenessMs: Math.max(0, ...uniquenessMs),
  }
}
