import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { z } from 'zod'
import { API_KEY, freePort, type Yard } from '../harness.ts'
import { untilLive } from '../sample.ts'
import { EXAMPLES, saveExample } from './examples.ts'
import { N8n } from './n8n.ts'
import { startVisitedYard, visit } from './yard.ts'

let n8n: N8n
let yard: Yard
let visited = 0
let credentials: object = {}
before(async () => {
  const other = await startVisitedYard()
  yard = other.yard
  n8n = await N8n.start()
  visited = other.visited
  credentials = await n8n.credential(yard.base.href, API_KEY)
})
after(async () => {
  await n8n?.stop()
  await yard?.dispose()
})

const tried = new Set<string>()
const example = (file: string, work: (file: string) => Promise<void>) => {
  tried.add(file)
  test(`example ${file}`, () => work(file))
}

example('sync-costs.json', async (file) => {
  const today = new Date().toISOString().slice(0, 10)
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify([{ campaign_id: visited, date: today, cost: 90 }]))
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const local = { parameters: { url: `http://127.0.0.1:${port}/`, options: {} } }
  const workflow = await saveExample(n8n, file, credentials, { 'Costs of Yesterday': local })
  const { items, error } = await n8n.run(workflow, 'Update Costs', 'Schedule')
  server.close()
  assert.equal(error, null)
  assert.equal(items[0]?.success, true)
  await yard.waitUntilStored()
})

example('alert-on-low-roi.json', async (file) => {
  const { items, error } = await n8n.run(await saveExample(n8n, file, credentials), 'Send Mail', 'Schedule')
  assert.equal(error, null)
  assert.match(String(items[0]?.subject), /^ROI of visited is -\d/)
})

example('pause-streams-by-cr.json', async (file) => {
  // The click there is makes its stream a busy one.
  const weak = {
    parameters: {
      resource: 'report',
      operation: 'build',
      options: { interval: 'all_time', grouping: 'stream_id', metrics: 'clicks,cr' },
    },
  }
  const original = await n8n.run(await saveExample(n8n, file, credentials), 'Weak Streams', 'Schedule')
  assert.equal(original.error, null)
  assert.deepEqual(original.items, [])
  const workflow = await saveExample(n8n, file, credentials, { 'Weak Streams': weak })
  const { items, error } = await n8n.run(workflow, 'Pause Stream', 'Schedule')
  assert.equal(error, null)
  const [paused] = items.filter(({ state }) => state === 'disabled')
  assert.ok(paused)
  await yard.api('POST', `/streams/${String(paused.id)}/enable`)
  await untilLive(yard)
})

example('crm-status-to-conversion.json', async (file) => {
  const subid = z
    .object({ rows: z.array(z.object({ sub_id: z.string() })) })
    .parse(await yard.api('POST', '/clicks/log', { limit: 1, columns: ['sub_id'] })).rows[0]?.sub_id
  const workflow = await saveExample(n8n, file, credentials)
  await n8n.activate(workflow)
  const sent = { click_id: subid, stage: 'lost', order_id: 'crm-1' }
  // n8n answers before the address is open.
  await yard.until('the CRM is heard', 20_000, async () => {
    const response = await fetch(`${n8n.base}/webhook/crm-status`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(sent),
    })
    return response.status === 200
  })
  await yard.until('the conversion is there', 20_000, async () => {
    const rows = JSON.stringify(
      await yard.api('POST', '/conversions/log', { range: { interval: 'all_time' }, columns: ['tid', 'status'] }),
    )
    return rows.includes('crm-1') && rows.includes('rejected')
  })
  await n8n.deactivate(workflow)
})

example('daily-report-by-mail.json', async (file) => {
  await visit(yard, 'visited')
  const today = {
    parameters: {
      resource: 'report',
      operation: 'build',
      options: { interval: 'today', grouping: 'campaign', metrics: 'clicks,conversions,profit,roi' },
    },
  }
  const workflow = await saveExample(n8n, file, credentials, { Yesterday: today })
  const { items, error } = await n8n.run(workflow, 'Send Mail', 'Schedule')
  assert.equal(error, null)
  assert.match(String(items[0]?.text), /^visited: \d+ clicks, \d+ conversions/m)
})

test('every example is run', () => assert.deepEqual([...tried].sort(), EXAMPLES.toSorted()))
