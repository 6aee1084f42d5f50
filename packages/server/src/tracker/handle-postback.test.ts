import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSubId } from '@trackyard/core/events/sub-id.ts'
import { hashOf, type PostbackRules } from '../postback-rules.ts'
import type { FrontReply } from './front.ts'
import { createPostbackHandler, type PostbackDoor } from './handle-postback.ts'
import { createTrackerMetrics } from './metrics.ts'

const nowMs = Date.UTC(2026, 10, 22)
const subId = createSubId(nowMs - 60_000, 0.5)

interface Sent {
  readonly query?: Record<string, string>
  readonly door?: Partial<PostbackDoor>
  readonly cookie?: string
  readonly ip?: string
  /** Makes it a POST; null is a body that is too long. */
  readonly body?: string | null
  readonly contentType?: string
}

const BOUNDARY = '------------------------d74496d66958873e'
const multipart = (fields: Readonly<Record<string, string>>): string =>
  `${Object.entries(fields)
    .map(([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join('')}--${BOUNDARY}--\r\n`

function network() {
  const handle = createPostbackHandler()
  const written: string[] = []
  const clock = { nowMs, isDurable: true }
  const zero = () => 0
  const metrics = createTrackerMetrics({
    ...{ spoolPosition: zero, spoolFailing: zero, spoolLost: zero, visitorsKnown: zero, snapshotVersion: zero },
  })
  const deps = {
    senses: { nowMs: () => clock.nowMs },
    spool: {
      append(payload: string, done: (durable: boolean) => void) {
        written.push(payload)
        done(clock.isDurable)
      },
    },
    metrics,
  }
  const send = async (sent: Sent): Promise<FrontReply> => {
    const { query = {}, body, contentType = 'application/json', cookie = '', ip = '203.0.113.9' } = sent
    let reply: FrontReply | undefined
    const request = {
      method: body === undefined ? 'GET' : 'POST',
      url: '/key/postback',
      headers: { 'content-type': contentType, cookie },
      socketAddress: '',
      isTls: false,
      readBody: async () => (body === null ? null : Buffer.from(body ?? '')),
    }
    const origin = {
      ...{ ip, host: 'a.example', authority: 'a.example' },
      isTls: false,
      cameThroughProxy: false,
    }
    const tell = (answer: FrontReply) => {
      reply = answer
    }
    await handle(request, origin, query, deps, tell, { rules: undefined, campaignId: null, ...sent.door })
    assert.ok(reply)
    return reply
  }
  const kept = () => written.map((record) => JSON.parse(record.split('\t')[2] ?? ''))
  return { send, written, kept, clock, metrics }
}

describe('postbacks', () => {
  it('are kept and acknowledged, from query, form and JSON alike', async () => {
    const { send, kept } = network()
    const good: readonly Sent[] = [
      { query: { subid: subId, payout: '5' } },
      { body: `subid=${subId}&payout=5`, contentType: 'application/x-www-form-urlencoded' },
      { body: JSON.stringify({ subid: subId, payout: 5 }) },
      { body: JSON.stringify({ subid: 'other', payout: 5 }), query: { subid: subId.toUpperCase() } },
      // What PHP sends for a list of fields.
      { body: multipart({ subid: subId, payout: '5' }), contentType: `multipart/form-data; boundary=${BOUNDARY}` },
    ]
    for (const sent of good) {
      const { status, body } = await send(sent)
      assert.deepEqual([status, body], [200, 'Success'])
    }
    for (const event of kept()) {
      assert.deepEqual([event.subId, event.params.payout], [subId, '5'])
      assert.ok(!('fault' in event))
    }
  })

  const refused: readonly [string, Sent, RegExp][] = [
    ['nothing', {}, /subid is missing\. Put \{subid\}/],
    ['an empty subid', { query: { subid: ' ', payout: '1' } }, /subid is missing/],
    ['an empty body', { body: '' }, /subid is missing/],
    ['broken JSON', { body: '{"subid": "x",\n "payout" 5}' }, /not valid JSON: see line 2, column 2/],
    ['half of JSON', { body: '{"subid": "x"' }, /not valid JSON: see line 1, column 14/],
    ['a JSON list', { body: '[1]' }, /no object/],
    ['a JSON text', { body: '"x"' }, /no object/],
    ['a body that is too long', { body: null }, /longer than 65536 bytes/],
    [
      'a broken form',
      { body: `--${BOUNDARY}\r\n`, contentType: `multipart/form-data; boundary=${BOUNDARY}` },
      /no.* valid multipart form/,
    ],
  ]
  for (const [what, sent, reason] of refused) {
    it(`with ${what} are refused, and kept with the reason`, async () => {
      const { send, written, kept } = network()
      const { status, body } = await send(sent)
      assert.equal(status, 400)
      assert.match(String(body), reason)
      assert.match(written[0] ?? '', /^p\t-\t/)
      assert.equal(kept()[0].subId, '')
      assert.match(kept()[0].fault, reason)
    })
  }

  it('keep what could not be read, cut to a bounded length', async () => {
    const { send, kept } = network()
    await send({ body: `{"subid": ${'x'.repeat(5000)}` })
    assert.equal(kept()[0].params.body.length, 1000)
  })

  it('keep of a body that could not be read no token', async () => {
    const { send, kept } = network()
    await send({ body: '{"subid": "x", "token" : "s3\\"cret" "a": 1}' })
    await send({ body: "{token: 's3cret'}" })
    const form = multipart({ token: 's3cret' }).slice(0, -8)
    await send({ body: form, contentType: `multipart/form-data; boundary=${BOUNDARY}` })
    for (const { params } of kept()) {
      assert.match(params.body, /token.*\*\*\*/s)
      assert.doesNotMatch(params.body, /cret/)
    }
    assert.match(kept()[0].params.body, /"a": 1/)
  })

  it('keep what is nested in JSON as it came', async () => {
    const { send, kept } = network()
    const more = { test: true, order: { lines: [1, 2] }, none: null }
    await send({ body: JSON.stringify({ subid: subId, ...more }) })
    assert.deepEqual(kept()[0].params, { subid: subId, test: 'true', order: '{"lines":[1,2]}' })
  })

  it('keep of too many parameters those that mean something', async () => {
    const { send, kept } = network()
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, place) => [`field${place}`, 'x']))
    const last = { subid: subId, payout: '5', tid: 'T', sale_status: 'ok', sub_id_7: 'z' }
    await send({ body: JSON.stringify({ ...many, ...last }) })
    assert.partialDeepStrictEqual(kept()[0].params, last)
    assert.equal(Object.keys(kept()[0].params).length, 100)
  })

  it('whose query names the click are applied although the body is broken', async () => {
    const { send, kept } = network()
    assert.equal((await send({ query: { subid: subId }, body: '{"payout": }' })).status, 200)
    assert.match(kept()[0].fault, /line 1, column 12/)
  })

  it('without a click fill no disk: so many a minute are kept, the others are counted', async () => {
    const { send, written, clock, metrics } = network()
    for (let i = 0; i < 100; i++) assert.equal((await send({})).status, 400)
    assert.equal(written.length, 60)
    const text = await metrics.render()
    assert.match(text, /rejected_postbacks_total 100/)
    assert.match(text, /rejected_postbacks_unlogged_total 40/)
    assert.equal((await send({ query: { subid: subId } })).status, 200)
    clock.nowMs += 60_000
    await send({})
    assert.equal(written.length, 62)
  })

  it('are to come again when they could not be stored', async () => {
    const { send, clock } = network()
    clock.isDurable = false
    assert.equal((await send({ query: { subid: subId } })).status, 503)
  })

  it('answer what return asks for, as text that no browser takes for a page', async () => {
    const { send } = network()
    const { status, body, headers } = await send({ query: { subid: subId, return: '<script>1</script>' } })
    assert.deepEqual([status, body], [200, '<script>1</script>'])
    assert.ok(headers.includes('nosniff') && headers.includes('text/plain; charset=utf-8'))
  })

  it('answer a picture to pixels, which know the click by its cookie', async () => {
    const { send, kept } = network()
    const reply = await send({ query: { return: 'img', status: 'lead' }, cookie: `_subid=${subId}` })
    assert.ok(reply.headers.includes('image/gif') && Buffer.isBuffer(reply.body))
    assert.equal(reply.body.subarray(0, 6).toString(), 'GIF89a')
    assert.equal(kept()[0].subId, subId)
    assert.equal((await send({ query: { status: 'lead' }, cookie: `_subid=${subId}` })).status, 400)
  })

  it('take the first click id that was filled in', async () => {
    const { send, kept } = network()
    await send({ query: { subid: '{subid}', clickid: '', click_id: subId } })
    assert.equal(kept()[0].subId, subId)
  })

  it('carry what their status means, and that they came from a page of a campaign', async () => {
    const { send, kept } = network()
    const install = { name: 'install', group: 'hold', counts: false, slot: 7 } as const
    const rules = {
      statuses: [{ ...install, label: 'Install', aliases: ['app_open', 'first_run'] }],
      words: [
        ['approved', 'lead'],
        ['first_run', 'registration'],
      ] satisfies PostbackRules['words'],
      networks: [],
      allowsKeyless: false,
    }
    const asked: readonly Readonly<Record<string, string>>[] = [
      { status: 'APP_OPEN' },
      { status: 'x1', install_status: 'x1,x2' },
      { status: 'install', sale_status: 'install' },
      { status: 'install', ignore_status: 'install' },
      { status: 'lead' },
      { status: 'Approved' },
      { status: 'first_run' },
      { status: 'first_run', install_status: 'first_run' },
      { status: 'approved', sale_status: 'approved' },
    ]
    for (const query of asked) await send({ query: { subid: subId, ...query }, door: { rules, campaignId: 7 } })
    assert.deepEqual(
      kept().map(({ custom, meant, campaignId }) => [custom?.name, meant, campaignId]),
      [
        ['install', undefined, 7],
        ['install', undefined, 7],
        [undefined, undefined, 7],
        [undefined, undefined, 7],
        [undefined, undefined, 7],
        [undefined, 'lead', 7],
        [undefined, 'registration', 7],
        ['install', undefined, 7],
        // Its own lists go first when it is read.
        [undefined, 'lead', 7],
      ],
    )
    assert.deepEqual(kept()[0].custom, install)
  })

  describe('of networks that send a token, or from some addresses alone', () => {
    const rules = {
      statuses: [],
      words: [],
      networks: [
        { id: 3, tokenHash: hashOf('s3cret'), addresses: [] },
        { id: 4, tokenHash: hashOf('other'), addresses: ['198.51.100.0/24'] },
        { id: 5, tokenHash: '', addresses: ['203.0.113.9'] },
      ],
      allowsKeyless: false,
    }
    const told: readonly [string, Record<string, string>, string, number, object | undefined][] = [
      ['with its token', { token: 's3cret' }, '203.0.113.9', 200, { token: [4], address: [4] }],
      ['without any', {}, '203.0.113.9', 200, { token: [3, 4], address: [4] }],
      ['with an empty one', { token: ' ' }, '203.0.113.9', 200, { token: [3, 4], address: [4] }],
      ['with its token and from its addresses', { token: 'other' }, '198.51.100.7', 200, { token: [3], address: [5] }],
      ['with a token of nobody', { token: 'guess' }, '203.0.113.9', 403, { token: [3, 4], address: [4] }],
      ['with its token, from elsewhere', { token: 'other' }, '203.0.113.9', 403, { token: [3], address: [4] }],
    ]
    for (const [what, query, ip, status, denied] of told) {
      it(`${what}: ${status}`, async () => {
        const { send, kept, metrics } = network()
        const reply = await send({ query: { subid: subId, ...query }, ip, door: { rules } })
        assert.equal(reply.status, status)
        const [event] = kept()
        assert.deepEqual(event.denied, denied)
        assert.ok(!('token' in event.params), 'the token is not kept')
        assert.ok(!JSON.stringify(event).includes(query.token?.trim() || 'nothing'), 'nor anywhere else')
        if (status === 403) {
          assert.match(String(reply.body), /^Refused postback: /)
          assert.match(event.refusal, /^403 because /)
          assert.match(await metrics.render(), /rejected_postbacks_total 1/)
        }
      })
    }
  })
})
