import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivered } from './deliver.ts'
import { type Dispatcher, HOST_LIMIT, startDispatcher } from './dispatcher.ts'
import { type DeliveryQueue, type Job, openQueue } from './queue.ts'

const jobsFor = (lane: string, count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: `${lane} ${n}`, lane, subId: '', occasion: '' }))

/** What an attempt came to; delivered unless said otherwise. */
const done = (job: Job, more: Partial<Delivered> = {}): Delivered => ({
  settled: { job, nextDueMs: null, logLine: 'x' },
  outcome: 'delivered',
  isHealthy: true,
  pauseMs: 0,
  ...more,
})

function start(
  queue: DeliveryQueue,
  deliver: (job: Job) => Promise<Delivered>,
  more: { hostOf?: (lane: string) => string; settle?: DeliveryQueue['settle'] } = {},
): Dispatcher & { faults: unknown[] } {
  const faults: unknown[] = []
  const dispatcher = startDispatcher({
    queue: { ...queue, settle: more.settle ?? queue.settle },
    deliver,
    hostOf: more.hostOf ?? ((lane) => lane),
    onHealth: () => undefined,
    onFault: (error) => faults.push(error),
    nowMs: Date.now,
  })
  return { ...dispatcher, faults }
}

async function until(isSo: () => boolean, ms = 120_000): Promise<void> {
  const giveUpAt = performance.now() + ms
  while (!isSo()) {
    assert.ok(performance.now() < giveUpAt, 'not in time')
    await sleep(5)
  }
}

describe('the dispatcher', () => {
  it('sends nothing twice while the queue cannot be written, and goes on when it can', async () => {
    const queue = openQueue(':memory:')
    queue.repeat(jobsFor('a', 40), Date.now())
    const sent: string[] = []
    let isBroken = true
    const dispatcher = start(
      queue,
      async (job) => {
        sent.push(job.id)
        return done(job)
      },
      {
        settle(settled) {
          if (isBroken) throw new Error('disk full')
          queue.settle(settled)
        },
      },
    )
    await until(() => dispatcher.faults.length > 0)
    isBroken = false
    await until(() => queue.lanes().length === 0)
    assert.equal(sent.length, 40)
    assert.equal(new Set(sent).size, 40)
    await dispatcher.close()
    queue.close()
  })

  it('tries again what could not be begun', async () => {
    const queue = openQueue(':memory:')
    queue.repeat(jobsFor('a', 3), Date.now())
    let failures = 2
    const dispatcher = start(queue, async (job) => {
      if (failures-- > 0) throw new Error('the configuration cannot be read')
      return done(job)
    })
    await until(() => queue.lanes().length === 0)
    assert.equal(dispatcher.faults.length, 2)
    await dispatcher.close()
    queue.close()
  })

  it('opens no more at once to one host than it may, however many postbacks go there', async () => {
    const queue = openQueue(':memory:')
    const lanes = ['a', 'b', 'c', 'd']
    for (const lane of lanes) queue.repeat(jobsFor(lane, 200), Date.now())
    let open = 0
    let most = 0
    const seen = new Set<string>()
    const dispatcher = start(
      queue,
      async (job) => {
        most = Math.max(most, ++open)
        if (open === HOST_LIMIT) seen.add(job.lane)
        await sleep(5)
        open--
        seen.add(job.lane)
        return done(job)
      },
      { hostOf: () => 'one.example' },
    )
    await until(() => queue.lanes().length === 0)
    assert.ok(most <= HOST_LIMIT && most > HOST_LIMIT / 2, `${most} at once`)
    assert.deepEqual([...seen].sort(), lanes)
    await dispatcher.close()
    queue.close()
  })

  it('waits for a pause to end and for a try to be due, without being woken', async () => {
    const queue = openQueue(':memory:')
    queue.repeat(jobsFor('a', 30), Date.now())
    const at: number[] = []
    const dispatcher = start(queue, async (job) => {
      at.push(performance.now())
      if (at.length === 1) return done(job, { pauseMs: 200 })
      if (at.length === 2) return done(job, { settled: { job, nextDueMs: Date.now() + 400, logLine: 'x' } })
      return done(job)
    })
    await until(() => queue.lanes().length === 0)
    assert.equal(at.length, 31)
    const late = at.filter((one) => one - (at[0] ?? 0) > 150)
    assert.ok(late.length >= 20, `${late.length} after the pause`)
    assert.ok((at.at(-1) ?? 0) - (at[0] ?? 0) > 390)
    await dispatcher.close()
    queue.close()
  })
})
