import assert from 'node:assert/strict'
import { after, before, describe, it, test } from 'node:test'
import { z } from 'zod'
import { API_KEY, type Yard } from '../harness.ts'
import { cases } from './cases.ts'
import { ChatModel } from './chat-model.ts'
import { N8n } from './n8n.ts'
import { startVisitedYard } from './yard.ts'

const TYPE = 'n8n-nodes-keitaro.keitaro'
const START = { name: 'Start', type: 'n8n-nodes-base.manualTrigger', parameters: {} }

let n8n: N8n
let yard: Yard
let credentials: { keitaroApi: { id: string; name: string } }
const ids: Record<string, unknown> = {}
before(async () => {
  const visited = await startVisitedYard()
  yard = visited.yard
  n8n = await N8n.start()
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
  const found = async (resource: string, locator: string, methodName: string, filter: string): Promise<string[]> => {
    const answer = await n8n.call('POST', '/rest/dynamic-node-parameters/resource-locator-results', {
      path: `parameters.${locator}`,
      nodeTypeAndVersion: { name: TYPE, version: 1 },
      methodName,
      currentNodeParameters: { resource, operation: 'get' },
      credentials,
      filter,
    })
    return z
      .object({ data: z.object({ results: z.array(z.object({ name: z.string() }).loose()) }) })
      .parse(answer)
      .data.results.map(({ name }) => name)
  }

  it('of locators can be searched', async () => {
    await yard.api('POST', '/campaigns', { name: 'Find me', alias: 'find-me' })
    assert.deepEqual(await found('campaign', 'campaignId', 'searchCampaign', 'find'), ['Find me'])
  })

  it('of groups have those of every kind', async () => {
    await yard.api('POST', '/groups', { name: 'Drawer', type: 'offers' })
    await yard.api('POST', '/groups', { name: 'Drawer', type: 'campaigns' })
    const groups = await found('group', 'groupId', 'searchGroup', 'drawer')
    assert.deepEqual(groups, ['Drawer (campaigns)', 'Drawer (offers)'])
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
      ['(None)', 'Drawer', 'Shelf'],
    )
  })
})

test('Return All gets every page', async () => {
  const lines = Array.from({ length: 2500 }, (_, at) => `10.${at >> 8}.${at & 255}.1`).join('\n')
  await yard.api('PUT', '/botlist', { value: lines })
  const all = { resource: 'bot', operation: 'getAll', returnAll: true }
  const node = { name: 'Keitaro', type: TYPE, credentials, parameters: all }
  const { items, error } = await n8n.run(await n8n.workflow([START, node]), 'Keitaro')
  assert.equal(error, null)
  assert.equal(new Set(items.map(({ value }) => value)).size, 2500)
  const some = { ...node, parameters: { ...all, returnAll: false, limit: 1500 } }
  assert.equal((await n8n.run(await n8n.workflow([START, some]), 'Keitaro')).items.length, 1500)
})

test('an AI agent runs the node as a tool, with arguments of its own', async () => {
  const model = await ChatModel.start({ Name: 'Made by an agent', Alias: 'by-agent' })
  try {
    const openAiApi = await n8n.secret('openAiApi', { apiKey: 'none', url: model.url })
    const fromAi = (name: string, description: string) => `={{ $fromAI('${name}', \`${description}\`, 'string') }}`
    const workflow = await n8n.workflow(
      [
        START,
        {
          name: 'Agent',
          type: '@n8n/n8n-nodes-langchain.agent',
          typeVersion: 3.1,
          parameters: { promptType: 'define', text: 'Make a campaign', options: {} },
        },
        {
          name: 'Model',
          type: '@n8n/n8n-nodes-langchain.lmChatOpenAi',
          typeVersion: 1.3,
          parameters: { model: { __rl: true, mode: 'id', value: 'fixed' }, responsesApiEnabled: false, options: {} },
          credentials: { openAiApi },
        },
        {
          name: 'Make Campaign',
          type: `${TYPE}Tool`,
          credentials,
          parameters: {
            resource: 'campaign',
            operation: 'create',
            name: fromAi('Name', 'What people call it'),
            alias: fromAi('Alias', 'Name of the campaign in its URL'),
          },
        },
      ],
      {
        Start: { main: [[{ node: 'Agent', type: 'main', index: 0 }]] },
        Model: { ai_languageModel: [[{ node: 'Agent', type: 'ai_languageModel', index: 0 }]] },
        'Make Campaign': { ai_tool: [[{ node: 'Agent', type: 'ai_tool', index: 0 }]] },
      },
    )
    const { items, error, stored } = await n8n.run(workflow, 'Agent')
    assert.equal(error, null)
    assert.match(String(items[0]?.output), /^The tracker says .*"alias":"by-agent"/)
    assert.match(JSON.stringify(await yard.api('GET', '/campaigns')), /"name":"Made by an agent"/)
    const [offered] = model.requests[0]?.tools ?? []
    assert.match(offered?.function.description ?? '', /create.*campaign/i)
    assert.deepEqual(Object.keys(offered?.function.parameters.properties ?? {}), ['Name', 'Alias'])
    for (const text of [stored, JSON.stringify(model.requests)]) assert.ok(!text.includes(API_KEY), 'the key is told')
  } finally {
    model.stop()
  }
})

test('the key is in no log', () => assert.ok(!n8n.output.includes(API_KEY)))
