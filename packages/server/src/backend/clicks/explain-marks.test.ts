import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { toLine } from '../../stores/events/line.ts'
import { openTestBackend, TEST_NOW_MS, type TestBackend } from '../testing.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
})
after(() => backend.close())

let clicks = 0
async function explain(more: Record<string, string | number>) {
  const subId = `${TEST_NOW_MS.toString(36).padStart(8, '0')}${String(++clicks).padStart(9, '0')}`
  const click = { sub_id: subId, datetime: TEST_NOW_MS + 1000, campaign_id: 1, visitor_code: 'v1', ...more }
  await backend.events.insertLines('clicks', [toLine('clicks', click, clicks)], 'm')
  const { status, body } = await backend.call('GET', `/clicks/${subId}/explain`)
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

describe('explain tells what lists said', () => {
  it('names the bot list and the entry of the black list, also when it is gone', async () => {
    await backend.create('campaigns', { alias: 'marks', name: 'Marks' })
    const { id } = await backend.create('blacklist', { name: 'Lab', ip: '203.0.113.7' })
    const blocked = await explain({ is_bot: 1, trace: `#bot:ip;#block:${id}` })
    assert.deepEqual(
      blocked.screening.map(({ reason }: { reason: string }) => reason),
      [
        'The address was on the bot list, so it is a click of a bot.',
        `Black list entry ${id} (Lab) turned the visitor away with an empty page (403); no stream was tried.`,
      ],
    )
    assert.partialDeepStrictEqual(blocked.screening[1], { by: 'blacklist', entry_id: id, action: 'block', type: 'ip' })
    await backend.call('DELETE', `/blacklist/${id}`)
    const flagged = await explain({ is_bot: 1, trace: `#bot:user_agent;#flag:${id}` })
    assert.equal(flagged.screening[1].reason, `Black list entry ${id} made it a click of a bot.`)
    assert.deepEqual((await explain({})).screening, [])
  })
  it('says which stored filter set refused', async () => {
    const set = await backend.create('filters', { name: 'US', filters: [{ name: 'country', payload: ['US'] }] })
    const stream = await backend.create('streams', {
      campaign_id: 1,
      schema: 'redirect',
      action_payload: 'https://a.example/',
      filters: [{ name: 'filter_set', payload: [set.id] }],
    })
    const told = await explain({ country: 'FR', trace: `${stream.id}!filter_set@0` })
    assert.match(told.streams[0].reason, new RegExp(`filter set ${set.id}`))
  })
})
