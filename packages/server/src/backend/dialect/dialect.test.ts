import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { problem } from '@trackyard/core/result.ts'
import { openTestBackend } from '../testing.ts'
import { chooseDialect } from './dialect.ts'
import { dialects } from './differences.ts'
import { toBody } from './to-body.ts'

describe('the dialect of a request', () => {
  it('is what the header asks for, else what the key is set to, else the default', () => {
    assert.deepEqual(chooseDialect('modern', '2017', '2017'), { ok: true, value: 'modern' })
    assert.deepEqual(chooseDialect([' 2017 '], 'modern', 'modern'), { ok: true, value: '2017' })
    assert.deepEqual(chooseDialect('', 'modern', '2017'), { ok: true, value: 'modern' })
    assert.deepEqual(chooseDialect(undefined, null, 'modern'), { ok: true, value: 'modern' })
    const message = 'The header Api-Dialect must be 2017 or modern, not "v10".'
    assert.deepEqual(chooseDialect('v10', 'modern', '2017'), { ok: false, problems: [problem('bad_request', message)] })
  })

  it('changes the shape of answers and not what is understood', async () => {
    const backend = await openTestBackend({ apiDialect: '2017', validationStatus: 422 })
    try {
      const modern = { headers: { 'api-dialect': 'modern' } }
      const offer = await backend.call('POST', '/offers', { name: 'O', url: 'https://o.example/', payout_value: 1.5 })
      assert.deepEqual([offer.body.id, offer.body.payout_value], ['1', '1.5000'])
      const seen = await backend.call('GET', '/offers/1', undefined, modern)
      assert.deepEqual([seen.body.id, seen.body.payout_value, seen.body.action_payload], [1, 1.5, 'https://o.example/'])
      const back = (await backend.call('GET', '/offers/1')).body
      assert.deepEqual((await backend.call('PUT', '/offers/1', back)).body, back, 'a whole object may be put back')
      const campaign = await backend.call('POST', '/campaigns', { alias: 'c', name: 'C', cost_value: '0.000123' })
      assert.equal(campaign.body.cost_value, '0.0001')
      await backend.call('PUT', '/campaigns/1', campaign.body)
      assert.equal((await backend.store.get('campaigns', 1))?.cost_value, 123, 'digits that were not shown are kept')
      const stream = { campaign_id: campaign.body.id, chance: 7, offers: [{ offer_id: '1' }] }
      const filters = [{ name: 'country', mode: 'allow', payload: ['MX'] }]
      const old = (await backend.call('POST', '/streams', { ...stream, schema: 'offers', filters })).body
      assert.deepEqual([old.chance, old.schema, old.filters[0].mode, 'weight' in old], [7, 'offers', 'allow', false])
      const kept = (await backend.call('PUT', `/streams/${old.id}`, { ...old, chance: 8 }, modern)).body
      assert.deepEqual([kept.weight, kept.schema, kept.filters[0].mode], [8, 'landings', 'accept'])
      assert.equal((await backend.call('POST', '/offers', {})).status, 422)
      assert.equal((await backend.call('GET', '/offers', undefined, { headers: { 'api-dialect': 'x' } })).status, 400)
      const schemas = (await backend.call('GET', '/stream_schemas')).body
      assert.ok(schemas.some((one: { value: string }) => one.value === 'offers'))
    } finally {
      await backend.close()
    }
  })

  it('names copies with the month in English', () => {
    const at = Date.UTC(2017, 10, 5, 14, 30, 59)
    assert.equal(dialects['2017'].cloneName('affiliate_networks', 'N', at), 'N Copy 05 Nov 2017 14:30')
    assert.equal(dialects['2017'].cloneName('campaigns', 'C', at), 'C Copy')
    assert.equal(dialects.modern.cloneName('campaigns', 'C', at), 'Copy of C')
  })

  it('rounds money once, half away from zero, to four decimals', () => {
    for (const [amount, text] of [
      [0.00005, '0.0001'],
      [1.00005, '1.0001'],
      [0.00004, '0.0000'],
      [12, '12.0000'],
      [null, '0.0000'],
    ] as const) {
      const body = toBody('campaigns', '2017', [{ cost_value: amount }], { operation: 'get' })
      assert.partialDeepStrictEqual(body, { cost_value: text })
    }
  })
})
