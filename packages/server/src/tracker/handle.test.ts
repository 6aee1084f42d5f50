import assert from 'node:assert/strict'
import { it } from 'node:test'
import { openTestTracker } from '../test-tracker.ts'

it('a fault while the answer is made costs one visitor the page, and never reaches the spool', async () => {
  let isBroken = false
  const tracker = await openTestTracker({
    indexing: () => {
      if (isBroken) throw new Error('a fault inside')
      return []
    },
  })
  try {
    const { id } = await tracker.create('campaigns', { alias: 'go', name: 'Go' })
    await tracker.create('streams', {
      campaign_id: id,
      schema: 'action',
      action_type: 'show_text',
      action_payload: 'Hello',
    })
    await tracker.live()
    assert.equal(tracker.visit('https://go.example/go').body, 'Hello')
    isBroken = true
    const { status, body, recorded } = tracker.visit('https://go.example/go')
    assert.deepEqual({ status, body, recorded }, { status: 200, body: '', recorded: 'c' })
    isBroken = false
    assert.equal(tracker.visit('https://go.example/go').body, 'Hello')
    assert.deepEqual(tracker.spoolFaults, [])
  } finally {
    await tracker.close()
  }
})
