import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { offer as offerDef } from '@trackyard/core/entities/offer.ts'
import fc from 'fast-check'
import { parseCaps, renderCaps } from '../../caps-file.ts'
import { toLine } from '../../stores/events/line.ts'
import { openTestBackend, TEST_NOW_MS, type TestBackend } from '../testing.ts'
import { type CapKeeper, keepCaps } from './cap-keeper.ts'
import { countedSince, fullOffers } from './plan-caps.ts'

const HOUR_MS = 3_600_000
const offerOf = (more: object) => ({
  ...offerDef.fields.parse({ name: 'o', conversion_cap_enabled: true, daily_cap: 3, ...more }),
  id: 1,
  created_at_ms: 0,
  updated_at_ms: 0,
})
const utc = (...at: [number, number, number, number?, number?]) =>
  Date.UTC(at[0], at[1] - 1, ...(at.slice(2) as [number]))

describe('the day of a cap', () => {
  const table: readonly [zone: string, now: number, start: number, end: number][] = [
    ['UTC', utc(2031, 1, 6, 23, 59), utc(2031, 1, 6), utc(2031, 1, 7)],
    ['Asia/Tokyo', utc(2031, 1, 6, 14, 59), utc(2031, 1, 5, 15), utc(2031, 1, 6, 15)],
    ['Asia/Tokyo', utc(2031, 1, 6, 15), utc(2031, 1, 6, 15), utc(2031, 1, 7, 15)],
    ['America/Los_Angeles', utc(2031, 1, 1, 7), utc(2030, 12, 31, 8), utc(2031, 1, 1, 8)],
    // Clocks go forward: the day has 23 hours; and back: 25.
    ['Europe/Madrid', utc(2031, 3, 30, 12), utc(2031, 3, 29, 23), utc(2031, 3, 30, 22)],
    ['Europe/Madrid', utc(2031, 10, 26, 12), utc(2031, 10, 25, 22), utc(2031, 10, 26, 23)],
    ['Nowhere/Land', utc(2031, 1, 6, 12), utc(2031, 1, 6), utc(2031, 1, 7)],
  ]
  for (const [zone, now, start, end] of table)
    it(`${zone} at ${new Date(now).toISOString()}`, () => {
      const offers = [{ ...offerOf({}), conversion_timezone: zone }]
      assert.deepEqual([...countedSince(offers, now)], [[1, start]])
      assert.deepEqual([...fullOffers(offers, new Map([[1, 3]]), now)], [[1, end]])
    })
  it('is over sooner or later: until lies ahead, by 25 hours at most', () => {
    const zones = fc.constantFrom(
      'UTC',
      'Europe/Madrid',
      'Asia/Kathmandu',
      'America/New_York',
      'Pacific/Apia',
      'Australia/Lord_Howe',
    )
    fc.assert(
      fc.property(zones, fc.integer({ min: utc(2026, 1, 1), max: utc(2036, 1, 1) }), (zone, now) => {
        const offers = [offerOf({ conversion_timezone: zone })]
        const since = countedSince(offers, now).get(1) ?? Number.NaN
        const until = fullOffers(offers, new Map([[1, 3]]), now).get(1) ?? Number.NaN
        assert.ok(since <= now && now < until && until - since <= 25 * HOUR_MS, `${since} ${now} ${until}`)
      }),
    )
  })
  it('an offer is full from its cap on, if it has one', () => {
    const full = (more: object, count: number) =>
      fullOffers([offerOf(more)], new Map([[1, count]]), utc(2031, 1, 6)).size
    assert.deepEqual([full({}, 2), full({}, 3), full({}, 4)], [0, 1, 1])
    assert.deepEqual([full({ conversion_cap_enabled: false }, 9), full({ daily_cap: 0 }, 9)], [0, 0])
  })
  it('the file says what was written into it, and nothing else is believed', () => {
    const caps = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 20 }).map((entries) => new Map(entries))
    fc.assert(fc.property(caps, (full) => assert.deepEqual(parseCaps(renderCaps(full)), full)))
    for (const text of ['', '{', '[]', '{"full":{"x":1}}', '{"full":{"1":"2"}}'])
      assert.equal(parseCaps(text), null, text)
  })
})

describe('the file of full offers', () => {
  const directory = mkdtempSync(join(tmpdir(), 'caps-'))
  const filePath = join(directory, 'caps.json')
  let backend: TestBackend
  let keeper: CapKeeper
  let nowMs = TEST_NOW_MS
  let isDown = false
  let counts = 0
  const errors: unknown[] = []
  before(async () => {
    backend = await openTestBackend()
    keeper = keepCaps({
      configStore: backend.store,
      eventStore: {
        async countForCaps(since) {
          counts++
          if (isDown) throw new Error('the store is down')
          return backend.events.countForCaps(since)
        },
      },
      filePath,
      nowMs: () => nowMs,
      onError: (error) => errors.push(error),
    })
  })
  after(async () => {
    await keeper.close()
    await backend.close()
    rmSync(directory, { recursive: true, force: true })
  })
  async function until(isSo: () => boolean): Promise<void> {
    for (let tries = 0; tries < 3000 && !isSo(); tries++) await sleep(20)
    assert.ok(isSo())
  }
  let made = 0
  const convert = (offerId: number, status = 'sale', atMs = nowMs) => {
    const subId = `${TEST_NOW_MS.toString(36)}${String(++made).padStart(9, '0')}`
    const row = {
      sub_id: subId,
      datetime: atMs,
      offer_id: offerId,
      conversion_id: `${subId}-1`,
      status,
      postback_datetime: atMs,
    }
    return backend.events.insertLines('conversions', [toLine('conversions', row, made)], 'm')
  }
  const full = () => {
    const caps = parseCaps(readFileSync(filePath, 'utf8'))
    assert.ok(caps)
    return [...caps.keys()]
  }

  it('follows conversions and changes of offers; nothing is counted while no offer has a cap', async () => {
    const { id } = await backend.create('offers', { name: 'o' })
    await convert(id)
    await keeper.publish()
    assert.equal(counts, 0)
    await backend.call('PUT', `/offers/${id}`, { conversion_cap_enabled: true, daily_cap: 2 })
    await keeper.publish()
    await convert(id)
    await keeper.publish()
    assert.deepEqual(full(), [id])
    await backend.call('PUT', `/offers/${id}`, { daily_cap: 3 })
    await keeper.publish()
    assert.deepEqual(full(), [])
    await convert(id, 'rejected')
    await convert(id, 'lead', nowMs - 24 * HOUR_MS)
    await keeper.publish()
    assert.deepEqual(full(), [])
    await convert(id, 'deposit')
    await keeper.publish()
    assert.deepEqual(full(), [id])
    nowMs += 24 * HOUR_MS
    await keeper.publish()
    assert.deepEqual(full(), [])
  })
  it('is written soon after a sign, once for many', async () => {
    const { id } = await backend.create('offers', { name: 'p', conversion_cap_enabled: true, daily_cap: 1 })
    await convert(id)
    const before = counts
    for (let index = 0; index < 50; index++) keeper.changed()
    await until(() => full().includes(id))
    await sleep(300)
    assert.deepEqual(full(), [id])
    assert.equal(counts - before, 1)
  })
  it('stays as it is while the store is down, and catches up', async () => {
    const { id } = await backend.create('offers', { name: 'q', conversion_cap_enabled: true, daily_cap: 1 })
    const before = full()
    isDown = true
    await convert(id)
    keeper.changed()
    await until(() => errors.length > 0)
    assert.deepEqual(full(), before)
    isDown = false
    // It tries again by itself.
    await until(() => full().includes(id))
    assert.equal(errors.length, 1)
  })
  it('what has no effect is told when it is saved', async () => {
    const hint = async (payload: object) => {
      const reply = await backend.app.inject({
        method: 'POST',
        url: '/admin_api/v1/offers',
        headers: { 'api-key': 'test-key-of-the-administrator' },
        payload: { name: 'h', url: 'https://offer.example/', conversion_cap_enabled: true, ...payload },
      })
      assert.equal(reply.statusCode, 200, reply.body)
      return String(reply.headers['trackyard-hint'] ?? '')
    }
    assert.match(await hint({ daily_cap: 0 }), /daily_cap 0 is no cap/)
    assert.match(await hint({ daily_cap: 5 }), /name the offer that is to take over/)
    const { id } = await backend.create('offers', { name: 'other' })
    assert.equal(await hint({ daily_cap: 5, alternative_offer_id: id }), '')
    const { status, body } = await backend.call('POST', '/offers', { name: 'z', conversion_timezone: 'Mars/Base' })
    assert.deepEqual([status, body], [406, { conversion_timezone: ['must be a time zone such as Europe/Madrid'] }])
  })
  it('a preloaded page is fetched unless the client says otherwise, which is doubted', async () => {
    const page = { name: 'pre', landing_type: 'preloaded', action_payload: 'https://page.example/' }
    assert.equal((await backend.create('landing_pages', page)).action_type, 'curl')
    const reply = await backend.app.inject({
      method: 'POST',
      url: '/admin_api/v1/landing_pages',
      headers: { 'api-key': 'test-key-of-the-administrator' },
      payload: { ...page, action_type: 'http' },
    })
    assert.match(String(reply.headers['trackyard-hint']), /set action_type to curl/)
  })
})
