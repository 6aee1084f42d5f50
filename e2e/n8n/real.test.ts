import assert from 'node:assert/strict'
import { after, before, describe, it, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { API_KEY, type Yard } from '../harness.ts'
import { cases } from './cases.ts'
import { N8n } from './n8n.ts'
import { startVisitedYard, visit } from './yard.ts'

const TYPE = 'n8n-nodes-keitaro.keitaro'
const START = { name: 'Start', type: 'n8n-nodes-base.manualTrigger', parameters: {} }
/** n8n looks every minute, at a second of its own choosing. */
const POLL_MS = 130_000

let n8n: N8n
let yard: Yard
let credentials: { keitaroApi: { id: string; name: string } }
const ids: Record<string, unknown> = {}
before(async () => {
  const [started, visited] = await Promise.all([N8n.start(), startVisitedYard()])
  n8n = started
  yard = visited.yard
  ids.visited = visited.visited
  credentials = await n8n.credential(yard.base.href, API_KEY)
})
after(async () => {
  await n8n?.stop()
  await yard?.dispose()
})

const nodeTypes = z.array(z.object({ name: z.string(), iconUrl: z.unknown().optional() }).loose())

describe('n8n', () => {
  it('knows the nodes, their icons and the variant for AI agents', async () => {
    const types = nodeTypes.parse(await n8n.call('GET', '/types/nodes.json'))
    for (const name of [TYPE, `${TYPE}Tool`, `${TYPE}Trigger`, 'n8n-nodes-keitaro.keitaroPostbackTrigger'])
      assert.ok(
        types.some((type) => type.name === name),
        name,
      )
    const icons = z
      .object({ light: z.string(), dark: z.string() })
      .parse(types.find(({ name }) => name === TYPE)?.iconUrl)
    for (const path of Object.values(icons)) {
      const response = await fetch(`${n8n.base}/${path}`)
      assert.match(response.headers.get('content-type') ?? '', /svg/)
    }
  })

  it('shows fields of the output before the first run', async () => {
    const schema = z
      .object({ properties: z.object({ alias: z.object({ type: z.literal('string') }) }).loose() })
      .parse(await n8n.call('GET', `/schemas/${TYPE}/1.0.0/campaign/get.json`))
    assert.ok(schema)
  })

  it('tests credentials, and tells what the tracker says', async () => {
    const tested = async (domain: string, apiKey: string) =>
      z.object({ data: z.object({ status: z.string(), message: z.string() }) }).parse(
        await n8n.call('POST', '/rest/credentials/test', {
          credentials: { id: credentials.keitaroApi.id, name: 'T', type: 'keitaroApi', data: { domain, apiKey } },
        }),
      ).data
    assert.deepEqual(await tested(`${yard.base.href}admin/#!/campaigns`, API_KEY), {
      status: 'OK',
      message: 'Connection successful!',
    })
    const wrong = await tested(yard.base.href, 'wrong-key')
    assert.equal(wrong.status, 'Error')
    assert.match(wrong.message, /A valid API key is needed/)
    assert.equal((await tested('http://127.0.0.1:9', API_KEY)).status, 'Error')
  })
})

for (const { resource, operation, parameters, keeps, check, refusal } of cases)
  test(`${resource} ${operation} in n8n`, async () => {
    const node = { name: 'Keitaro', type: TYPE, credentials, parameters: { resource, operation, ...parameters?.(ids) } }
    const { items, error, stored } = await n8n.run(await n8n.workflow([START, node]), 'Keitaro')
    if (refusal) assert.match(error ?? '', refusal)
    else assert.equal(error, null)
    check?.(items)
    if (keeps) ids[keeps[0]] = items[0]?.[keeps[1]]
    assert.ok(!stored.includes(API_KEY), 'the key is in the stored execution')
    if (resource === 'click' || resource === 'conversion') await yard.waitUntilStored()
  })

describe('lists', () => {
  it('of locators can be searched', async () => {
    await yard.api('POST', '/campaigns', { name: 'Find me', alias: 'find-me' })
    const answer = await n8n.call('POST', '/rest/dynamic-node-parameters/resource-locator-results', {
      path: 'parameters.campaignId',
      nodeTypeAndVersion: { name: TYPE, version: 1 },
      methodName: 'searchCampaign',
      currentNodeParameters: { resource: 'campaign', operation: 'get' },
      credentials,
      filter: 'find',
    })
    const { results } = z
      .object({ data: z.object({ results: z.array(z.object({ name: z.string() }).loose()) }) })
      .parse(answer).data
    assert.deepEqual(
      results.map(({ name }) => name),
      ['Find me'],
    )
  })

  it('of fields hold the records there are', async () => {
    await yard.api('POST', '/groups', { name: 'Shelf', type: 'campaigns' })
    const answer = await n8n.call('POST', '/rest/dynamic-node-parameters/options', {
      path: 'parameters.additionalFields.group_id',
      nodeTypeAndVersion: { name: TYPE, version: 1 },
      methodName: 'loadGroup',
      currentNodeParameters: { resource: 'campaign', operation: 'create' },
      credentials,
    })
    const { data } = z.object({ data: z.array(z.object({ name: z.string() }).loose()) }).parse(answer)
    assert.deepEqual(
      data.map(({ name }) => name),
      ['(None)', 'Shelf'],
    )
  })
})

describe('triggers', () => {
  const postbacks = async () =>
    z.array(z.object({ url: z.string() }).loose()).parse(await yard.api('GET', '/postbacks'))
  const executed = async (id: string, count: number, timeoutMs: number): Promise<string[]> => {
    const giveUpAt = performance.now() + timeoutMs
    for (;;) {
      const found = await n8n.executions(id)
      if (found.length >= count) return found
      assert.ok(performance.now() < giveUpAt, `${found.length} executions, not ${count}: ${n8n.output.slice(-2000)}`)
      await sleep(500)
    }
  }

  it('start at once by a postback that is registered and removed', async () => {
    const workflow = await n8n.workflow([
      {
        name: 'Postback',
        type: `n8n-nodes-keitaro.keitaroPostbackTrigger`,
        credentials,
        webhookId: 'e2e-hook',
        parameters: { triggerOn: 'any' },
      },
      { name: 'End', type: 'n8n-nodes-base.noOp', parameters: {} },
    ])
    await n8n.activate(workflow)
    // n8n answers before it has called the tracker.
    await yard.until('the postback is registered', 20_000, async () => (await postbacks()).length === 1)
    const [registered] = await postbacks()
    assert.match(registered?.url ?? '', /\/webhook\/e2e-hook\/keitaro$/)
    const forged = await fetch(registered?.url ?? '', { method: 'POST', headers: { 'x-n8n-signature': 'guess' } })
    assert.equal(forged.status, 403)
    const subid = await visit(yard, 'visited', 'lead')
    const [execution = ''] = await executed(workflow.id, 1, 30_000)
    const { items } = await n8n.outcome(execution, 'Postback')
    assert.equal(items[0]?.click_id, subid)
    assert.equal(items[0]?.status, 'lead')
    await n8n.deactivate(workflow)
    await yard.until('the postback is removed', 20_000, async () => (await postbacks()).length === 0)
  })

  it('find new conversions by looking, each once, none from before', async () => {
    const workflow = await n8n.workflow([
      {
        name: 'Look',
        type: `${TYPE}Trigger`,
        credentials,
        parameters: { triggerOn: 'newConversion', pollTimes: { item: [{ mode: 'everyMinute' }] } },
      },
      { name: 'End', type: 'n8n-nodes-base.noOp', parameters: {} },
    ])
    await n8n.activate(workflow)
    const subids = [await visit(yard, 'visited'), await visit(yard, 'visited')]
    const [execution = ''] = await executed(workflow.id, 1, POLL_MS)
    const { items } = await n8n.outcome(execution, 'Look')
    assert.deepEqual(items.map(({ sub_id }) => sub_id).sort(), subids.sort())
    await n8n.deactivate(workflow)
  })
})

test('the key is in no log', () => assert.ok(!n8n.output.includes(API_KEY)))
