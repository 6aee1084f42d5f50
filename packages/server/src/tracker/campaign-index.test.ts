import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { type CampaignIndex, createCampaignIndexer, type Findable } from './campaign-index.ts'

const MAX_CAMPAIGNS = 260

/** New campaigns, changed ones and ones that leave, a few or nearly all at a time, as often as it is looked. */
const edits = fc.array(
  fc.array(
    fc.record({
      id: fc.integer({ min: 1, max: MAX_CAMPAIGNS }),
      leaves: fc.integer({ min: 0, max: 20 }).map((draw) => draw === 0),
      isArchived: fc.boolean(),
      hasToken: fc.boolean(),
      cookiesTtlMs: fc.integer({ min: 1, max: 50 }),
    }),
    { maxLength: 30 },
  ),
  { minLength: 1, maxLength: 6 },
)

it('an index of a list finds the same, whichever list was indexed before', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: MAX_CAMPAIGNS }), edits, async (count, rounds) => {
      const indexed = createCampaignIndexer<Findable>()
      const campaigns = new Map<number, Findable>()
      let version = 0
      const put = (id: number, { isArchived = false, hasToken = true, cookiesTtlMs = 25 } = {}): void => {
        // An alias that one has given up, another may take.
        const alias = `alias${(id + (version++ % 3)) % 40}-${Math.floor(id / 40)}`
        const isTaken = [...campaigns.values()].some((one) => !one.isArchived && one.compiled.alias === alias)
        const token = hasToken ? `token of ${id}` : ''
        const compiled = { id, alias: isTaken ? `own${id}` : alias, cookiesTtlMs, bundle: { campaign: { token } } }
        campaigns.set(id, { compiled, isArchived })
      }
      for (let id = 1; id <= count; id++) put(id, { cookiesTtlMs: id })
      assert.deepEqual(told(await indexed([...campaigns.values()])), found([...campaigns.values()]))
      for (const round of rounds) {
        for (const { id, leaves, ...edit } of round) {
          if (leaves) campaigns.delete(id)
          else put(id, edit)
        }
        const list = [...campaigns.values()]
        assert.deepEqual(told(await indexed(list)), found(list))
      }
    }),
    { numRuns: 150 },
  )
})

const IDS = Array.from({ length: MAX_CAMPAIGNS + 1 }, (_, id) => id)
const NAMES = [...IDS.map((id) => `own${id}`), ...IDS.map((id) => `alias${id % 40}-${Math.floor(id / 40)}`)]

const told = (index: CampaignIndex<Findable>) => ({
  passes: IDS.map((id) => index.byPass(id)),
  ids: IDS.map((id) => index.byId(id)),
  aliases: NAMES.map((alias) => index.byAlias(alias)),
  tokens: [...IDS.map((id) => index.byToken(`token of ${id}`)), index.byToken('')],
  count: index.campaignCount,
  longest: index.longestUniquenessMs,
})

/** The same by looking through the list each time. */
function found(list: readonly Findable[]): ReturnType<typeof told> {
  const live = list.filter(({ isArchived }) => !isArchived)
  const tokenOf = ({ compiled }: Findable): string => compiled.bundle.campaign.token
  return {
    passes: IDS.map((id) => list.find(({ compiled }) => compiled.id === id)),
    ids: IDS.map((id) => live.find(({ compiled }) => compiled.id === id)),
    aliases: NAMES.map((alias) => live.find(({ compiled }) => compiled.alias === alias)),
    tokens: [...IDS.map((id) => live.find((one) => tokenOf(one) === `token of ${id}`)), undefined],
    count: live.length,
    longest: Math.max(0, ...live.map(({ compiled }) => compiled.cookiesTtlMs)),
  }
}

it('a change of one campaign among thousands files that one only', async () => {
  let filed = 0
  const campaign = (id: number): Findable => ({
    compiled: {
      id,
      alias: `alias${id}`,
      cookiesTtlMs: 86_400_000,
      get bundle() {
        filed++
        return { campaign: { token: '' } }
      },
    },
    isArchived: false,
  })
  const campaigns = Array.from({ length: 3000 }, (_, id) => campaign(id))
  const indexed = createCampaignIndexer<Findable>()
  await indexed(campaigns)
  filed = 0
  await indexed(campaigns.with(17, campaign(17)))
  assert.ok(filed <= 2, `${filed} campaigns were filed`)
})
