import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { NEW_VISITOR } from '@trackyard/core/click/click.ts'
import { compileCampaign } from '@trackyard/core/click/compile.ts'
import { decide } from '@trackyard/core/click/decide.ts'
import { makeBundle, makeClick } from '@trackyard/core/click/fixtures.ts'
import { clickColumns } from '@trackyard/core/events/click-columns.ts'
import { fromStoreLine, toStoreLine } from '@trackyard/core/events/store-line.ts'
import { clickLine } from './click-row.ts'

const compiled = compileCampaign(
  makeBundle({
    streams: [{ offers: [{ offer_id: 1, share: 100 }] }],
    offers: [{ payout_type: 'CPC', payout_value: 0.25, payout_auto: false }],
  }),
)
assert.ok(compiled.ok)
const facts = {
  subId: 'p3k9x0a1b2c3d4e5f',
  parentCampaignId: 0,
  parentSubId: '',
  visitorCode: 'abcdefghijklm',
  isUniqueCampaign: true,
  isUniqueStream: false,
  isUniqueGlobal: true,
  costMicros: 12_345,
  currencies: { base: 'USD', row: '', cost: '' },
  destination: 'https://offer.example/1',
  marks: '',
}

describe('clickLine', () => {
  it('is a store line: nothing empty, nothing lost, money exact, slots that are columns only', () => {
    const click = makeClick({
      ip: '203.0.113.9',
      userAgent: 'A "quoted" \\ agent \u0007 \ud800',
      slots: { keyword: 'größe\t10', sub_id_3: 'x', sub_id_4: '', cost: '0.012345' },
      geo: { country: 'DE' },
    })
    const line = clickLine(click, decide(compiled.value, click, NEW_VISITOR), facts)
    const row = fromStoreLine(clickColumns, line)
    assert.deepEqual(JSON.parse(toStoreLine(clickColumns, row)), JSON.parse(line))
    assert.equal(row.cost, 12_345)
    assert.deepEqual([row.sale_revenue, row.click_revenue], [250_000, 250_000])
    assert.deepEqual([row.keyword, row.sub_id_3, row.user_agent], ['größe\t10', 'x', click.userAgent])
    assert.equal('sub_id_4' in row || 'is_unique_stream' in row || 'city' in row, false)
  })

  it('names currencies right behind the amounts that ingest must convert, and none that it need not', () => {
    const click = makeClick({})
    const offer = { payout_type: 'CPC', payout_value: 0.25, payout_auto: false, payout_currency: 'GBP' } as const
    const inPounds = compileCampaign(
      makeBundle({ streams: [{ offers: [{ offer_id: 1, share: 100 }] }], offers: [offer] }),
    )
    assert.ok(inPounds.ok)
    const decision = decide(inPounds.value, click, NEW_VISITOR)
    const lineIn = (currencies: typeof facts.currencies, costMicros = 12_345) =>
      clickLine(click, decision, { ...facts, costMicros, currencies })
    const foreign = lineIn({ base: 'USD', row: '', cost: 'EUR' })
    assert.match(foreign, /,"cost":0\.012345,"cost_currency":"EUR",/)
    assert.match(foreign, /,"sale_revenue":0\.25,"click_revenue":0\.25,"click_revenue_currency":"GBP"}$/)
    assert.doesNotMatch(foreign, /"currency":/)
    const own = lineIn({ base: 'GBP', row: 'GBP', cost: 'GBP' })
    assert.doesNotMatch(own, /_currency/)
    assert.match(own, /,"currency":"GBP",/)
    assert.doesNotMatch(lineIn({ base: 'GBP', row: 'GBP', cost: 'EUR' }, 0), /cost/)
  })
})
