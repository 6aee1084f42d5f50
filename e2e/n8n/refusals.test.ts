import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { z } from 'zod'
import { API_KEY, freePort, startYard, type Yard } from '../harness.ts'
import { picked } from './cases.ts'
import { Engine, type Run } from './engine.ts'

let engine: Engine
let yard: Yard
before(async () => {
  const other = await startYard()
  yard = other
  engine = await Engine.start()
})
after(async () => {
  engine?.stop()
  await yard?.dispose()
})

const run = (parameters: Record<string, unknown>, more: object = {}): Promise<Run> =>
  engine.run({ parameters, credential: { domain: yard.base.href, apiKey: API_KEY }, ...more })

/** What is entered, and what the user is told. */
const refused: readonly [name: string, parameters: Record<string, unknown>, words: RegExp][] = [
  [
    'an unknown record',
    { resource: 'campaign', operation: 'get', campaignId: picked(999) },
    /^There is no campaign 999\.$/,
  ],
  ['input the tracker refuses', { resource: 'campaign', operation: 'create', name: 'A', alias: 'a b/c' }, /^alias: /],
  ['statistics that are not got', { resource: 'stats', operation: 'create' }, /Stats support Get Many only/],
  ['an operation there is not', { resource: 'campaign', operation: 'fly' }, /has no operation "fly"/],
  [
    'clicks without any limit',
    { resource: 'click', operation: 'getAll', returnAll: true },
    /Choose an interval or dates/,
  ],
  ['settings of nothing', { resource: 'settings', operation: 'create', jsonData: '{}' }, /is empty/],
  [
    'settings of broken JSON',
    { resource: 'settings', operation: 'create', jsonData: '{"a":' },
    /not valid JSON|Invalid JSON/i,
  ],
  ['settings that are a list', { resource: 'settings', operation: 'create', jsonData: '[1]' }, /must be a JSON object/],
  [
    'a conversion of no click',
    { resource: 'conversion', operation: 'create', inputMode: 'json', jsonData: '{"status": "sale"}' },
    /must contain click_id/,
  ],
  [
    'a conversion of an empty click',
    { resource: 'conversion', operation: 'create', inputMode: 'form', click_id: '={{ "" }}' },
    /Click ID is missing/,
  ],
  [
    'a postback without URL',
    { resource: 'postback', operation: 'create', name: 'A', url: '={{ "" }}' },
    /URL is missing/,
  ],
  [
    'a postback without name',
    { resource: 'postback', operation: 'create', name: '={{ " " }}', url: 'https://a.example' },
    /Name is missing/,
  ],
  [
    'a postback for no campaigns',
    {
      resource: 'postback',
      operation: 'create',
      name: 'A',
      url: 'https://a.example',
      additionalFields: { campaigns: '3;4' },
    },
    /Campaigns must be IDs/,
  ],
  [
    'a postback for no country',
    {
      resource: 'postback',
      operation: 'create',
      name: 'A',
      url: 'https://a.example',
      additionalFields: { countries: 'Mexico' },
    },
    /Countries must be two-letter/,
  ],
  [
    'a bot of no ID',
    { resource: 'bot', operation: 'delete', botId: { __rl: true, mode: 'id', value: '={{ "" }}' } },
    /Bot is missing/,
  ],
  [
    'a record of a name',
    { resource: 'campaign', operation: 'get', campaignId: picked('tea') },
    /must be an ID, .* "tea"/,
  ],
  ['an unknown bot', { resource: 'bot', operation: 'delete', botId: picked(77) }, /There is no bot 77/],
  ['an update of nothing', { resource: 'campaign', operation: 'update', campaignId: picked(1) }, /Nothing to update/],
  [
    'an unknown column',
    { resource: 'click', operation: 'getAll', options: { columns: 'nope' } },
    /There is no column "nope"/,
  ],
  [
    'conditions that are no list',
    { resource: 'report', operation: 'build', options: { filters: '{}' } },
    /must be a JSON array/,
  ],
]

describe('the node says what to correct', () => {
  for (const [name, parameters, words] of refused)
    it(`about ${name}`, async () => {
      const { error, stored } = await run(parameters)
      assert.match(error?.message ?? 'no error', words)
      assert.equal(error?.item, 0)
      assert.ok(!stored.includes(API_KEY))
    })

  it('in the words of the tracker about a wrong key, without the key', async () => {
    const { error, stored } = await engine.run({
      parameters: { resource: 'campaign', operation: 'getAll' },
      credential: { domain: yard.base.href, apiKey: 'a-wrong-key-0123456789' },
    })
    assert.match(error?.message ?? '', /A valid API key is needed/)
    assert.equal(error?.httpCode, '401')
    assert.match(error?.description ?? '', /Check the API key/)
    assert.ok(!stored.includes('a-wrong-key-0123456789'))
  })

  it('about a tracker that is not there', async () => {
    const { error, stored } = await engine.run({
      parameters: { resource: 'campaign', operation: 'getAll' },
      credential: { domain: `http://127.0.0.1:${await freePort()}`, apiKey: API_KEY },
    })
    assert.match(error?.message ?? '', /No answer from the tracker/)
    assert.ok(!stored.includes(API_KEY))
  })

  it('about a web page in place of data', async () => {
    const server = createServer((_request, response) => response.end('<!doctype html><title>Log in</title>'))
    const port = await freePort()
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    const { error } = await engine.run({
      parameters: { resource: 'campaign', operation: 'getAll' },
      credential: { domain: `http://127.0.0.1:${port}`, apiKey: API_KEY },
    })
    server.close()
    assert.match(error?.message ?? '', /answers with a web page/)
  })

  it('about a domain that is none', async () => {
    const { error } = await engine.run({
      parameters: { resource: 'campaign', operation: 'getAll' },
      credential: { domain: 'http://', apiKey: API_KEY },
    })
    assert.match(error?.message ?? '', /no address/)
  })
})

const envelope = z.object({
  request: z.object({ url: z.string(), method: z.string(), headers: z.record(z.string(), z.string()) }),
  resource: z.string(),
  operation: z.string(),
  success: z.boolean(),
  data: z.unknown(),
  error: z
    .object({ message: z.string(), status: z.number().nullable(), stack: z.string(), response: z.unknown() })
    .optional(),
})

describe('items', () => {
  const byItem = {
    resource: 'campaign',
    operation: 'get',
    campaignId: { __rl: true, mode: 'id', value: '={{ $json.id }}' },
  }

  it('go on after a failure, each paired with its own', async () => {
    await yard.api('POST', '/campaigns', { name: 'There', alias: 'there' })
    const { items, paired, error } = await run(byItem, { inputs: [{ id: 999 }, { id: 1 }], continueOnFail: true })
    assert.equal(error, null)
    assert.equal(items[0]?.error, 'There is no campaign 999.')
    assert.equal(items[1]?.name, 'There')
    assert.deepEqual(paired, [{ item: 0 }, { item: 1 }])
  })

  it('name the one that failed', async () => {
    const { error } = await run(byItem, { inputs: [{ id: 1 }, { id: 999 }] })
    assert.equal(error?.item, 1)
  })

  it('come in the envelope when Simplify is off, the key masked', async () => {
    const { items } = await run({ resource: 'campaign', operation: 'getAll', simplify: false })
    const { request, ...rest } = envelope.parse(items[0])
    assert.equal(request.url, new URL('/admin_api/v1/campaigns', yard.base).href)
    assert.equal(request.method, 'GET')
    assert.equal(request.headers['Api-Key'], '***')
    assert.deepEqual({ ...rest, data: null }, { resource: 'campaign', operation: 'getAll', success: true, data: null })
  })

  it('tell of a deletion in the envelope', async () => {
    await yard.api('POST', '/bots', { value: '192.0.2.44' })
    const deletion = { resource: 'bot', operation: 'delete', simplify: false, botId: picked(1) }
    const { resource, operation, success, request } = envelope.parse((await run(deletion)).items[0])
    assert.deepEqual([resource, operation, success, request.method], ['bot', 'delete', true, 'DELETE'])
  })

  it('tell all of a refusal in the envelope', async () => {
    const { items, stored } = await run({ ...byItem, simplify: false }, { inputs: [{ id: 999 }], continueOnFail: true })
    const { success, error } = envelope.parse(items[0])
    assert.equal(success, false)
    assert.equal(error?.message, 'There is no campaign 999.')
    assert.equal(error?.status, 404)
    assert.deepEqual(error?.response, { error: 'There is no campaign 999.' })
    assert.ok(!stored.includes(API_KEY))
  })

  it('are cut to the limit, or all there are', async () => {
    for (const alias of ['b1', 'b2', 'b3']) await yard.api('POST', '/campaigns', { name: alias, alias })
    const list = { resource: 'campaign', operation: 'getAll' }
    assert.equal((await run({ ...list, returnAll: false, limit: 2 })).items.length, 2)
    assert.equal((await run({ ...list, returnAll: true })).items.length, 4)
    assert.equal((await run({ resource: 'stream', operation: 'getTypes', limit: 1 })).items.length, 1)
  })

  it('are found by the address of their page', async () => {
    const campaignId = { __rl: true, mode: 'url', value: 'https://t.example/admin/#!/campaigns/1' }
    const { items } = await run({ resource: 'campaign', operation: 'get', campaignId })
    assert.equal(items[0]?.name, 'There')
  })
})
