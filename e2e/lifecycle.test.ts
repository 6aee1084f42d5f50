import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { API_KEY, freePort, runToEnd, startYard } from './harness.ts'
import { processesOn } from './processes.ts'
import { clicksOf, createCampaign, createOffer, destinationOf } from './sample.ts'

const oneLine = (output: string): string[] => output.split('\n').filter((line) => line.startsWith('trackyard: '))

describe('starting and stopping', { timeout: 120_000 }, () => {
  it('SIGTERM under load loses nothing, exits 0, and the tracker alone serves from the last snapshot', async (t) => {
    const yard = await startYard()
    try {
      const offer = await createOffer(yard, 'offer-a')
      await createCampaign(yard, 'busy', [{ offers: [{ offer_id: offer }] }])
      const agent = new Agent({ keepAlive: true, maxSockets: 16 })
      const answered = new Set<string>()
      const visit = async (): Promise<boolean> => {
        const { status, cookies } = await yard.send('/busy', { agent })
        if (status === 302 && cookies._subid) answered.add(cookies._subid)
        return status === 302
      }
      let isOpen = true
      const workers = Array.from({ length: 16 }, async () => {
        while (isOpen) isOpen = (await visit()) && isOpen
      })
      await yard.until('there is load', 5000, async () => answered.size > 500)
      const startedAt = performance.now()
      assert.equal(await yard.stop(), 0)
      t.diagnostic(`stopped within ${Math.round(performance.now() - startedAt)} ms`)
      await Promise.all(workers)
      assert.deepEqual(processesOn(yard.dataDir), [])

      yard.launch(['tracker'])
      await yard.until('the tracker alone serves', 10_000, visit)
      const status = await yard.readyz()
      assert.equal(status?.ready, true)
      assert.equal(status.backend.up, false)
      assert.equal((await yard.send('/readyz/api')).status, 503)
      for (let i = 0; i < 50; i++) assert.ok(await visit())
      assert.equal((await yard.send('/admin_api/v1/campaigns', { headers: { 'api-key': API_KEY } })).status, 503)
      assert.equal(await yard.stop(), 0)

      await yard.start()
      assert.equal((await yard.send('/readyz/api')).status, 200)
      await yard.waitUntilStored()
      assert.equal(await clicksOf(yard, 'busy'), answered.size)
      agent.destroy()
    } finally {
      await yard.dispose()
    }
  })

  it('a second start on the same data directory is refused in one line, and the first goes on', async () => {
    const yard = await startYard({ env: { TRACKYARD_LOG_LEVEL: 'warn' } })
    try {
      const offer = await createOffer(yard, 'offer-a')
      await createCampaign(yard, 'here', [{ offers: [{ offer_id: offer }] }])
      for (const [command, patience] of [
        ['start', 5000],
        ['tracker', 20_000],
      ] as const) {
        const startedAt = performance.now()
        const second = await runToEnd(yard.dataDir, [command], {
          ...yard.env,
          TRACKYARD_PORT: String(await freePort()),
        })
        assert.ok(performance.now() - startedAt < patience)
        assert.equal(second.code, 1)
        assert.equal(oneLine(second.output).length, 1, second.output)
        assert.match(second.output, /another (?:trackyard|tracker) is running/i)
      }
      assert.equal(destinationOf(await yard.send('/here')), 'offer-a.example')
    } finally {
      await yard.dispose()
    }
  })

  it('a port in use and a bad setting end the start with one line that names the cure', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'trackyard-e2e-'))
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const address = taken.address()
    const port = typeof address === 'object' && address ? String(address.port) : ''
    try {
      const cases: readonly (readonly [Record<string, string>, RegExp])[] = [
        [{ TRACKYARD_STORE_PORT: port }, /event store cannot listen on 127\.0\.0\.1:\d+.*TRACKYARD_STORE_PORT/],
        [{ TRACKYARD_PORT: 'eighty', TRACKYARD_API_KEY: 'short' }, /TRACKYARD_PORT must .*TRACKYARD_API_KEY must/],
        [{ TRACKYARD_PORT: port }, /cannot listen on 127\.0\.0\.1:\d+.*TRACKYARD_PORT/],
        [{ TRACKYARD_PORT: 'eighty' }, /TRACKYARD_PORT must be a whole number/],
        [{ TRACKYARD_API_KEY: 'short' }, /TRACKYARD_API_KEY must/],
        [{ TRACKYARD_TRUST_PROXY: '10.0.0.0/99' }, /TRACKYARD_TRUST_PROXY/],
        [{ TRACKYARD_DATABASE_URL: 'postgres://x' }, /TRACKYARD_DATABASE_URL/],
        [{ TRACKYARD_API_KEY_FILE: '/nowhere/at/all' }, /TRACKYARD_API_KEY_FILE/],
      ]
      for (const [env, expected] of cases) {
        const { code, output } = await runToEnd(dataDir, ['start'], env)
        assert.equal(code, 1, output)
        assert.deepEqual(oneLine(output).length, 1, output)
        assert.doesNotMatch(output, /is running/)
        assert.match(oneLine(output)[0] ?? '', expected)
        assert.doesNotMatch(output, /\n {4}at /)
      }
      assert.deepEqual(processesOn(dataDir), [])
    } finally {
      taken.close()
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
})
