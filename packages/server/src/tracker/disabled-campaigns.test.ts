import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { openTestTracker, type TestTracker } from '../test-tracker.ts'
import { createDisabledTeller } from './disabled-campaigns.ts'

let tracker: TestTracker
before(async () => {
  tracker = await openTestTracker()
})
after(() => tracker.close())

it('requests of disabled campaigns are counted apart, those of unknown addresses are not', async () => {
  const off = await tracker.create('campaigns', { alias: 'off', name: 'Off', state: 'disabled' })
  const on = await tracker.create('campaigns', { alias: 'on', name: 'On' })
  await tracker.create('domains', { name: 'off.example', default_campaign_id: off.id })
  await tracker.create('domains', { name: 'on.example', default_campaign_id: on.id })
  await tracker.live()
  const [, count] = await counts()
  assert.equal(count, 0)
  const counted = ['https://a.example/off', 'https://a.example/off?return=js.client', 'https://off.example/']
  for (const url of counted) assert.equal(tracker.visit(url).recorded, '')
  assert.deepEqual(await counts(), [0, 3])
  // The index campaign of the domain takes these visitors, so that they are clicks.
  assert.equal(tracker.visit('https://on.example/off').recorded, 'c')
  assert.equal(tracker.visit('https://a.example/nobody').status, 404)
  assert.deepEqual(await counts(), [1, 3])
  const { body } = await tracker.visitLater(`https://a.example/click_api/v3?token=${off.token}&log=1`)
  assert.match(body, /is disabled/)
  assert.deepEqual(await counts(), [1, 4])
})

it('the log names an alias once a minute, with what came since', () => {
  const lines: unknown[] = []
  let nowMs = 1_000_000
  const tell = createDisabledTeller({ warn: (_, fields) => lines.push([fields?.alias, fields?.requests]) })
  const deps = { senses: { nowMs: () => nowMs }, metrics: tracker.metrics }
  for (const [alias, atMs] of [
    ['a', 0],
    ['a', 1000],
    ['b', 2000],
    ['a', 59_999],
    ['a', 60_000],
    ['b', 61_000],
  ] as const) {
    nowMs = 1_000_000 + atMs
    tell({ id: alias === 'a' ? 1 : 2, alias }, deps)
  }
  assert.deepEqual(lines, [
    ['a', 1],
    ['b', 1],
    ['a', 3],
  ])
})

async function counts(): Promise<(number | null)[]> {
  const text = await tracker.metrics.render()
  return ['not_found_total', 'disabled_campaign_requests_total'].map((name) =>
    Number(new RegExp(`^trackyard_${name} (\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN),
  )
}
