import assert from 'node:assert/strict'
import { describe, it, mock } from 'node:test'
import { ok } from '@trackyard/core/result.ts'
import type { Network } from '../domains/probe.ts'
import { openTestBackend, TEST_NOW_MS, type TestBackend } from '../testing.ts'
import { backendJobs } from './jobs.ts'
import { type Job, startJobs } from './scheduler.ts'

const depsOf = ({ store, events, files }: TestBackend) => ({
  ...{ configStore: store, eventStore: events, files },
  inTurn: <T>(work: () => Promise<T>) => work(),
})

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('the scheduler', () => {
  it('runs jobs at their times, one at a time, goes on after a failure, and stops', async () => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 0 })
    try {
      const logged: string[] = []
      let running = 0
      let most = 0
      let finish = () => {}
      const job = (name: string, everyMs: number, work: () => Promise<string>): Job => ({
        name,
        everyMs,
        async run() {
          most = Math.max(most, ++running)
          return work().finally(() => running--)
        },
      })
      const jobs = startJobs(
        [
          job('slow', 10_000, () => new Promise((resolve) => (finish = () => resolve('done')))),
          job('broken', 1000, async () => Promise.reject(new Error('no luck'))),
        ],
        {
          log: { info: (message) => logged.push(message), warn: (message) => logged.push(message) },
          nowMs: Date.now,
          random: () => 0.5,
        },
      )
      mock.timers.tick(500)
      await settled()
      assert.partialDeepStrictEqual(jobs.status()[1], { failures: 1, lastError: 'no luck', nextRunAtMs: 1500 })
      for (let second = 0; second < 6; second++) {
        mock.timers.tick(1000)
        await settled()
      }
      // The slow one began at 5 s and holds the other back.
      assert.deepEqual(jobs.status()[1]?.runs, 5)
      finish()
      await settled()
      mock.timers.tick(1)
      await settled()
      assert.deepEqual(
        jobs.status().map(({ runs }) => runs),
        [1, 6],
      )
      assert.equal(most, 1)
      assert.ok(logged.includes('slow: done'))
      await jobs.close()
      mock.timers.tick(100_000)
      await settled()
      assert.equal(jobs.status()[1]?.runs, 6)
    } finally {
      mock.timers.reset()
    }
  })
})

describe('the jobs', () => {
  it('check domains that are due, tell only what changed, and give up when stopped', async () => {
    const backend = await openTestBackend()
    let nowMs = TEST_NOW_MS
    let isUp = true
    let looks = 0
    const network: Network = {
      async resolve() {
        looks++
        return isUp ? ['93.184.216.34'] : Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }))
      },
      probe: async () => ({ status: 200, location: '', body: 'ok' }),
    }
    const settings = { allowPrivateTargets: false, publicPort: 8080 }
    const [check] = backendJobs({
      ...depsOf(backend),
      settings,
      network,
      changed: () => undefined,
      nowMs: () => nowMs,
    })
    assert.ok(check)
    const run = () => check.run(new AbortController().signal)
    const { id } = await backend.create('domains', { name: 'go.example' })
    assert.equal(await run(), 'go.example is active now')
    const rows = async () => (await backend.store.listAudit({ limit: 100 })).length
    const [before, version] = [await rows(), await backend.store.version()]
    nowMs += 23 * 3_600_000
    assert.deepEqual([await run(), looks], ['', 1])
    nowMs += 3_600_000
    assert.deepEqual([await run(), looks], ['', 2])
    assert.deepEqual([await rows(), await backend.store.version()], [before, version])
    isUp = false
    nowMs += 24 * 3_600_000
    assert.equal(await run(), 'go.example is error now')
    for (let hour = 0; hour < 8; hour++) {
      nowMs += 3_600_000
      await run()
    }
    const stored = await backend.store.get('domains', id)
    assert.deepEqual([stored?.check_retries, stored?.next_check_at_ms], [9, nowMs + 3_600_000])
    nowMs += 3_600_000
    const stopped = new AbortController()
    network.resolve = () => new Promise(() => {})
    const hanging = check.run(stopped.signal)
    await settled()
    stopped.abort()
    assert.equal(await hanging, '')
    await backend.close()
  })

  it('clean the audit log by its setting, and sessions that ended', async () => {
    const backend = await openTestBackend()
    const DAY_MS = 86_400_000
    let nowMs = TEST_NOW_MS
    const settings = { allowPrivateTargets: false, publicPort: 8080 }
    const network: Network = { resolve: async () => [], probe: async () => Promise.reject(new Error('x')) }
    const [, , audit, sessions] = backendJobs({
      ...depsOf(backend),
      settings,
      network,
      changed: () => undefined,
      nowMs: () => nowMs,
    })
    assert.ok(audit && sessions)
    const { signal } = new AbortController()
    await backend.create('campaigns', { name: 'x', alias: 'x' })
    nowMs += 364 * DAY_MS
    assert.equal(await audit.run(signal), '')
    await backend.store.change({ actor: 't', atMs: nowMs }, async (writer) =>
      ok(await writer.setMeta('setting:audit_ttl', '30')),
    )
    assert.match(await audit.run(signal), /^removed \d+ rows older than 30 days$/)
    assert.equal((await backend.store.listAudit({ limit: 100 })).length, 1)
    await backend.store.change({ actor: 't', atMs: nowMs }, async (writer) =>
      ok(await writer.setMeta('setting:audit_ttl', '0')),
    )
    nowMs += 10_000 * DAY_MS
    assert.equal(await audit.run(signal), '')
    const times = { createdAtMs: 1, expiresAtMs: 2, lastSeenAtMs: 1 }
    await backend.store.insertSession({ hash: 'h', userId: 1, ip: '', ...times })
    await sessions.run(signal)
    assert.equal(await backend.store.findSession('h'), null)
    await backend.close()
  })
})
