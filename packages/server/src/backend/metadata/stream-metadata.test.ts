import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestBackend, type TestBackend } from '../testing.ts'
import { streamMetadataRoutes } from './stream-metadata.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
  await backend.create('campaigns', { alias: 'c', name: 'C' })
  await backend.create('filters', { name: 'Set', filters: [{ name: 'bot' }] })
})
after(() => backend.close())

describe('what streams can be made of', () => {
  for (const { path, answers } of streamMetadataRoutes) {
    it(`${path} answers as it says`, async () => {
      const { status, body } = await backend.call('GET', path)
      assert.equal(status, 200)
      assert.ok(answers)
      assert.deepEqual(answers.parse(body), body)
    })
  }
  it('every filter can be saved as it is shown', async () => {
    const { body } = await backend.call('GET', '/stream_filters')
    const filters = body.map(({ value, defaults }: { value: string; defaults: unknown }) => ({
      name: value,
      mode: 'accept',
      payload: defaults,
    }))
    const saved = await backend.create('streams', {
      campaign_id: 1,
      schema: 'redirect',
      action_payload: 'https://x.example/',
      filters,
    })
    assert.equal(saved.filters.length, body.length)
    for (const { template, defaults } of body) assert.deepEqual(template === '' ? null : JSON.parse(template), defaults)
  })
})
