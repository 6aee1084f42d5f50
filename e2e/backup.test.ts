import assert from 'node:assert/strict'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { z } from 'zod'
import { freePort, runToEnd, startYard, Yard } from './harness.ts'
import { processesOn } from './processes.ts'
import { createCampaign, createOffer } from './sample.ts'

const dir = mkdtempSync(join(tmpdir(), 'trackyard-backup-'))
const saved = join(dir, 'saved.tar')
let yard: Yard

const rows = z.object({ rows: z.array(z.looseObject({ sub_id: z.string() })) })
const fullReport = z.object({ rows: z.array(z.looseObject({})) })

before(async () => {
  yard = await startYard()
})
after(async () => {
  await yard.dispose()
  rmSync(dir, { recursive: true, force: true })
})

/** Every click in the store, by sub id: a click that is there twice shows twice. */
async function storedClicks(from: Yard): Promise<string[]> {
  const columns = ['sub_id']
  const answer = await from.api('POST', '/clicks/log', { range: { interval: 'all_time' }, columns, limit: 100_000 })
  return rows.parse(answer).rows.map((row) => row.sub_id)
}

const reportOf = async (from: Yard, fromTime: string, to: string): Promise<unknown[]> =>
  fullReport.parse(
    await from.api('POST', '/report/build', {
      range: { from: fromTime, to },
      grouping: ['campaign', 'offer', 'sub_id_1'],
      metrics: ['clicks', 'lp_clicks', 'leads', 'sales', 'conversions', 'cost', 'revenue'],
      sort: [{ name: 'sub_id_1', order: 'ASC' }],
    }),
  ).rows

describe('backup and restore', { timeout: 180_000 }, () => {
  it('saves a busy installation; what was acknowledged before is there once after a restore', async (t) => {
    const offer = await createOffer(yard, 'offer-a')
    const campaign = await createCampaign(yard, 'busy', [{ offers: [{ offer_id: offer }] }])
    writeFileSync(join(yard.dataDir, 'macros', 'greeting.txt'), 'hello')
    symlinkSync('circle.txt', join(yard.dataDir, 'macros', 'circle.txt'))
    mkdirSync(join(yard.dataDir, 'files', 'landing'), { recursive: true })
    writeFileSync(join(yard.dataDir, 'files', 'landing', 'index.html'), '<h1>Page</h1>')

    const clicks: string[] = []
    const sales: string[] = []
    const visit = async (index: number): Promise<void> => {
      const { status, cookies } = await yard.send(`/busy?sub_id_1=zone-${index % 7}&cost=0.02`)
      const subId = cookies._subid
      if (status !== 302 || !subId) return
      clicks.push(subId)
      if (index % 3 !== 0) return
      const { status: sold } = await yard.postback({ subid: subId, status: 'sale', payout: '1.50', tid: `t${index}` })
      if (sold === 200) sales.push(subId)
    }
    for (let index = 0; index < 200; index++) await visit(index)
    await yard.waitUntilStored()
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const [past, until] = ['2020-01-01 00:00:00', new Date().toISOString().slice(0, 19).replace('T', ' ')]
    await new Promise((resolve) => setTimeout(resolve, 1100))

    let isOpen = true
    let sent = 1000
    const workers = Array.from({ length: 8 }, async () => {
      while (isOpen) await visit(sent++)
    })
    await yard.until('there is load', 10_000, async () => clicks.length > 1000)
    const before = { clicks: [...clicks], sales: [...sales] }
    const startedAt = performance.now()
    const made = await runToEnd(yard.dataDir, ['backup', saved], yard.env)
    const answeredMeanwhile = clicks.length - before.clicks.length
    t.diagnostic(`backup in ${Math.round(performance.now() - startedAt)} ms, ${answeredMeanwhile} clicks meanwhile`)
    isOpen = false
    await Promise.all(workers)
    assert.equal(made.code, 0, made.output)
    assert.match(made.output, /secrets/)
    assert.equal(statSync(saved).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(dir), ['saved.tar'])
    assert.deepEqual(
      readdirSync(join(yard.dataDir, 'store', 'data', 'shadow')).filter((name) => /^backup/.test(name)),
      [],
    )
    assert.ok(answeredMeanwhile > 0, 'visitors were served during the backup')
    await yard.waitUntilStored()
    const expected = await reportOf(yard, past, until)
    assert.ok(expected.length > 0)

    const there = join(dir, 'there')
    const restored = await runToEnd(there, ['restore', saved, '--data-dir', there], {})
    assert.equal(restored.code, 0, restored.output)
    assert.equal(readFileSync(join(there, 'macros', 'greeting.txt'), 'utf8'), 'hello')
    assert.equal(readFileSync(join(there, 'files', 'landing', 'index.html'), 'utf8'), '<h1>Page</h1>')

    const other = new Yard(await freePort(), { dataDir: there })
    try {
      await other.start()
      await other.waitUntilStored()
      const stored = await storedClicks(other)
      assert.equal(new Set(stored).size, stored.length, 'no click is there twice')
      const found = new Set(stored)
      assert.deepEqual(
        before.clicks.filter((subId) => !found.has(subId)),
        [],
        'no click is missing',
      )
      assert.deepEqual(await reportOf(other, past, until), expected)
      const soldIds = new Set(
        rows
          .parse(
            await other.api('POST', '/conversions/log', {
              range: { interval: 'all_time' },
              columns: ['sub_id'],
              limit: 100_000,
            }),
          )
          .rows.map((row) => row.sub_id),
      )
      assert.deepEqual(
        before.sales.filter((subId) => !soldIds.has(subId)),
        [],
        'no sale is missing',
      )
      assert.partialDeepStrictEqual(await other.api('GET', `/campaigns/${campaign}`), { alias: 'busy' })
      assert.equal((await other.send('/busy')).status, 302)
      assert.doesNotMatch(other.output, /damaged|torn|set aside/)
    } finally {
      await other.dispose()
    }
  })

  it('saves an installation that is stopped, and starts nothing for long', async () => {
    await yard.waitUntilStored()
    const expected = (await storedClicks(yard)).sort()
    assert.equal(await yard.stop(), 0)
    const target = join(dir, 'stopped')
    mkdirSync(target)
    const made = await runToEnd(yard.dataDir, ['backup', target], yard.env)
    assert.equal(made.code, 0, made.output)
    assert.deepEqual(processesOn(yard.dataDir), [])
    const [name = ''] = readdirSync(target)
    const there = join(dir, 'there-too')
    mkdirSync(there)
    assert.equal((await runToEnd(there, ['restore', join(target, name)], {})).code, 0)
    const other = new Yard(await freePort(), { dataDir: there })
    try {
      await other.start()
      assert.deepEqual((await storedClicks(other)).sort(), expected)
    } finally {
      await other.dispose()
    }
  })

  it('refuses in one line what it cannot do, and leaves nothing behind', async () => {
    const damaged = join(dir, 'damaged.tar')
    copyFileSync(saved, damaged)
    const bytes = readFileSync(damaged)
    // In the middle of the content of some file.
    bytes.write('XXXXXXXX', Math.floor(bytes.length / 2 / 512) * 512 + 200)
    writeFileSync(damaged, bytes)
    const cut = join(dir, 'cut.tar')
    writeFileSync(cut, readFileSync(saved).subarray(0, 100_000))
    const other = join(dir, 'other.txt')
    writeFileSync(other, 'no archive at all\n'.repeat(100))
    const full = join(dir, 'full')
    mkdirSync(full)
    writeFileSync(join(full, 'x'), '')
    const fresh = join(dir, 'fresh')
    const cases: [readonly string[], RegExp][] = [
      [['restore', damaged, '--data-dir', fresh], /cannot be used: .*damaged/],
      [['restore', cut, '--data-dir', fresh], /cannot be used: it ends too early/],
      [['restore', other, '--data-dir', fresh], /cannot be used: it is damaged, or no archive/],
      [['restore', join(dir, 'nothing'), '--data-dir', fresh], /There is no file/],
      [['restore', saved, '--data-dir', full], /is not empty/],
      [['restore'], /Say which one/],
      [['restore', saved, '--into', fresh], /--into/],
      [['backup', saved], /exists already/],
      [['backup', join(yard.dataDir, 'x.tar')], /inside the data directory/],
      [['backup', join(dir, 'no', 'where.tar')], /There is no directory/],
    ]
    for (const [args, expected] of cases) {
      const { code, output } = await runToEnd(yard.dataDir, args, {})
      assert.equal(code, 1, output)
      assert.match(output, expected)
      assert.equal(output.trim().split('\n').length, 1, output)
    }
    const empty = await runToEnd(join(dir, 'empty'), ['backup', join(dir, 'e.tar')], {})
    assert.match(empty.output, /nothing to back up/)
    assert.deepEqual(
      readdirSync(dir).filter((name) => /fresh|tmp|^e\.tar/.test(name)),
      [],
    )
    assert.deepEqual(readdirSync(full), ['x'])
  })
})
