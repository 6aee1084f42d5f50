import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { API_KEY, type Yard } from '../harness.ts'
import { N8n } from './n8n.ts'
import { click, convert, startVisitedYard, visit } from './yard.ts'

const TYPE = 'n8n-nodes-keitaro.keitaro'
const END = { name: 'End', type: 'n8n-nodes-base.noOp', parameters: {} }
/** n8n looks every minute, at a second of its own choosing. */
const POLL_MS = 150_000

let n8n: N8n
let yard: Yard
let old: string
let credentials: object
before(async () => {
  const visited = await startVisitedYard()
  yard = visited.yard
  n8n = await N8n.start()
  old = visited.subid
  credentials = await n8n.credential(yard.base.href, API_KEY)
})
after(async () => {
  await n8n?.stop()
  await yard?.dispose()
})

const postbacks = async () => z.array(z.object({ url: z.string() }).loose()).parse(await yard.api('GET', '/postbacks'))

async function executed(id: string, count: number, timeoutMs: number): Promise<string[]> {
  const giveUpAt = performance.now() + timeoutMs
  for (;;) {
    const found = await n8n.executions(id)
    if (found.length >= count) return found
    assert.ok(performance.now() < giveUpAt, `${found.length} executions, not ${count}: ${n8n.output.slice(-2000)}`)
    await sleep(500)
  }
}

const byPostback = () =>
  n8n.workflow([
    {
      name: 'Postback',
      type: 'n8n-nodes-keitaro.keitaroPostbackTrigger',
      credentials,
      webhookId: 'e2e-hook',
      parameters: { triggerOn: 'any' },
    },
    END,
  ])

test('a postback starts a workflow at once; it is registered and removed', async () => {
  const workflow = await byPostback()
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

test('a postback comes to the editor that listens for a test event, and is removed after it', async () => {
  const workflow = await byPostback()
  await n8n.call('POST', `/rest/workflows/${workflow.id}/run`, {
    workflowData: workflow.saved,
    triggerToStartFrom: { name: 'Postback' },
  })
  await yard.until('the postback is registered', 20_000, async () => (await postbacks()).length === 1)
  assert.match((await postbacks())[0]?.url ?? '', /\/webhook-test\//)
  const subid = await visit(yard, 'visited', 'sale')
  const [execution = ''] = await executed(workflow.id, 1, 30_000)
  assert.equal((await n8n.outcome(execution, 'Postback')).items[0]?.click_id, subid)
  await yard.until('the postback is removed', 20_000, async () => (await postbacks()).length === 0)
})

test('looking finds clicks, conversions and changes of status once each, over restarts of n8n', async () => {
  const watching = async (triggerOn: string) => {
    const parameters = { triggerOn, pollTimes: { item: [{ mode: 'everyMinute' }] } }
    const workflow = await n8n.workflow([{ name: 'Look', type: `${TYPE}Trigger`, credentials, parameters }, END])
    await n8n.activate(workflow)
    await yard.until(`${triggerOn} is watched`, 20_000, async () => n8n.remembered(workflow.id).includes('"seen"'))
    return workflow
  }
  const [conversions, statuses, clicks] = [
    await watching('newConversion'),
    await watching('statusChanged'),
    await watching('newClick'),
  ]
  /** What a workflow was started with so far. */
  const reported = async ({ id }: { id: string }, count: number): Promise<unknown[][]> => {
    const giveUpAt = performance.now() + POLL_MS
    for (;;) {
      const outcomes = []
      for (const execution of await n8n.executions(id)) outcomes.push((await n8n.outcome(execution, 'Look')).items)
      const items = outcomes.flat()
      if (items.length >= count || performance.now() > giveUpAt)
        return items.map((item) => [
          item.sub_id,
          ...(id === statuses.id ? [item.previous_status] : []),
          ...(id === clicks.id ? [] : [item.status]),
        ])
      await sleep(1000)
    }
  }

  // Nothing was reported yet: n8n knows what was there before from what it stored on activation.
  let first = ''
  await n8n.restart('SIGKILL', async () => {
    first = await visit(yard, 'visited', 'lead')
    await convert(yard, old, 'rejected')
  })
  assert.deepEqual(await reported(clicks, 1), [[first]])
  assert.deepEqual(await reported(conversions, 1), [[first, 'lead']])
  assert.deepEqual(await reported(statuses, 1), [[old, 'sale', 'rejected']])

  const second = await visit(yard, 'visited', 'lead')
  await convert(yard, first, 'sale')
  assert.deepEqual(await reported(clicks, 2), [[first], [second]])
  assert.deepEqual(await reported(statuses, 2), [
    [old, 'sale', 'rejected'],
    [first, 'lead', 'sale'],
  ])
  assert.deepEqual(await reported(conversions, 2), [
    [first, 'lead'],
    [second, 'lead'],
  ])

  // What was reported before the restart is not reported after it, nor by any look from then on.
  let third = ''
  await n8n.restart('SIGTERM', async () => {
    third = await click(yard, 'visited')
  })
  assert.deepEqual(await reported(clicks, 3), [[first], [second], [third]])
  await convert(yard, second, 'sale')
  await convert(yard, third, 'lead')
  assert.deepEqual((await reported(statuses, 3)).at(-1), [second, 'lead', 'sale'])
  assert.deepEqual((await reported(conversions, 3)).at(-1), [third, 'lead'])
  assert.equal((await reported(clicks, 3)).length, 3)
  for (const workflow of [conversions, statuses, clicks]) await n8n.deactivate(workflow)
})

test('the key is in no log', () => assert.ok(!n8n.output.includes(API_KEY)))
