import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { EntityKind, EntityOf } from '../entities/index.ts'
import { parseNewFields } from '../entities/parse.ts'
import { type Occasion, ofCampaign, ofSource, ofStored, readPostbackKey } from './outgoing-postbacks.ts'

function entity<Kind extends EntityKind>(kind: Kind, fields: Readonly<Record<string, unknown>>): EntityOf<Kind> {
  const parsed = parseNewFields(kind, { name: 'N', alias: 'n', ...fields })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return { ...parsed.value, id: 7, created_at_ms: 0, updated_at_ms: 0 } as unknown as EntityOf<Kind>
}

const occasion = (status: string, original_status = status): Occasion => ({
  click: { campaign_id: 7 },
  conversion: { status, original_status },
})

describe('the postback of a traffic source', () => {
  const source = (fields: Readonly<Record<string, unknown>> = {}) =>
    ofSource(entity('traffic_sources', { postback_url: ' https://pb.example/?c={external_id} ', ...fields }))

  it('is sent about leads and sales unless told otherwise, by GET, tried three times more', () => {
    const postback = source()
    assert.partialDeepStrictEqual(postback, { key: 't7', timeoutMs: 10_000, delaysSeconds: [60, 300, 900] })
    assert.equal(postback?.plan.method, 'GET')
    assert.equal(postback?.plan.url, 'https://pb.example/?c={external_id}')
    const sent = (status: string) => postback?.refusal(occasion(status)) === null
    assert.deepEqual(['lead', 'sale', 'rejected', 'rebill', 'deposit'].map(sent), [true, true, false, false, false])
  })

  it('is sent about the statuses it lists, by their names, other names and the words of networks', () => {
    const sent = (statuses: unknown, status: string, word?: string) =>
      source({ postback_statuses: statuses })?.refusal(occasion(status, word)) === null
    assert.ok(sent(['Registration', 'dep'], 'registration'))
    assert.ok(sent(['Registration', 'dep'], 'deposit'))
    assert.ok(!sent(['Registration', 'dep'], 'lead'))
    assert.ok(sent(['ftd'], 'sale', 'FTD'))
    assert.ok(sent([], 'trash'))
  })

  it('is off without a URL, when the source is archived, and once it is gone; a new URL switches it on', () => {
    assert.equal(source({ postback_url: '' }), null)
    assert.equal(source({ state: 'deleted' })?.isOff, 'the traffic source is deleted')
    assert.match(source({ postback_gone_url: 'https://pb.example/?c={external_id}' })?.isOff ?? '', /410/)
    assert.equal(source({ postback_gone_url: 'https://old.example/' })?.isOff, null)
  })

  it('is not sent to a host that a visitor could choose', () => {
    for (const postback_url of ['https://{source}/', 'http://pb{sub_id_1}.example/', 'pb.example/?x=1', 'ftp://x/'])
      assert.match(source({ postback_url })?.refusal(occasion('sale')) ?? '', /host without macros/, postback_url)
  })
})

describe('the postbacks of a campaign', () => {
  it('are sent about their statuses, each by its method, and outlive the campaign', () => {
    const [lead, all, off] = ofCampaign(
      entity('campaigns', {
        state: 'deleted',
        postbacks: [
          { id: 4, url: 'https://a.example/?s={status}', statuses: 'lead' },
          { id: 5, url: 'https://b.example/', method: 'post', statuses: null },
          { id: 6, url: 'https://c.example/', status: 0 },
        ],
      }),
    )
    assert.partialDeepStrictEqual([lead?.key, all?.key, all?.plan.method], ['c7-4', 'c7-5', 'POST'])
    assert.equal(lead?.refusal(occasion('lead')), null)
    assert.equal(lead?.refusal(occasion('sale')), 'status sale is not among lead')
    assert.equal(all?.refusal(occasion('rejected')), null)
    assert.equal(off?.refusal(occasion('sale')), 'the postback is inactive')
  })

  it('must have a URL with a fixed host', () => {
    for (const postbacks of [[{}], [{ url: 'https://{source}/' }], 'x', [{ url: 'https://a.example/', method: 'PUT' }]])
      assert.equal(parseNewFields('campaigns', { name: 'N', alias: 'n', postbacks }).ok, false)
  })
})

describe('a stored postback', () => {
  it('waits twice as long every time, a day at most', () => {
    const delays = (retries: number, retry_delay: number) =>
      ofStored(entity('postbacks', { url: 'https://a.example/', retries, retry_delay })).delaysSeconds
    assert.deepEqual(delays(3, 60), [60, 120, 240])
    assert.deepEqual(delays(4, 0), [0, 2, 4, 8])
    assert.deepEqual(delays(0, 60), [])
    assert.equal(Math.max(...delays(20, 86_400)), 86_400)
  })
})

describe('keys of postbacks', () => {
  it('name what they were made of, and nothing else is one', () => {
    assert.deepEqual(readPostbackKey('s3'), { kind: 'postback', ownerId: 3, rowId: 0 })
    assert.deepEqual(readPostbackKey('t2'), { kind: 'traffic_source', ownerId: 2, rowId: 0 })
    assert.deepEqual(readPostbackKey('c7-4'), { kind: 'campaign', ownerId: 7, rowId: 4 })
    for (const text of ['', 'c7', 's', 's1-2', 'x1', 's1 OR 1=1', 't-1', `s${'1'.repeat(30)}`])
      assert.equal(readPostbackKey(text), null, text)
  })
})
