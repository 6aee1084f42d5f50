import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createSubId } from '@trackyard/core/events/sub-id.ts'
import { toLine } from '../../stores/events/line.ts'
import { openTestBackend, TEST_KEY, type TestBackend } from '../testing.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
})
after(() => backend.close())

/** Clocks went forward in Berlin on 30 March 2025 at 2:00, and back on 26 October at 3:00. */
const CLICKS = {
  'Mar 29 23:59': '2025-03-29T22:59:59.999Z',
  'Mar 30 00:00': '2025-03-29T23:00:00.000Z',
  'Mar 30 03:00': '2025-03-30T01:00:00.000Z',
  'Mar 30 23:59': '2025-03-30T21:59:59.999Z',
  'Mar 31 00:00': '2025-03-30T22:00:00.000Z',
  'Oct 25 23:59': '2025-10-25T21:59:59.999Z',
  'Oct 26 00:00': '2025-10-25T22:00:00.000Z',
  'Oct 26 02:30': '2025-10-26T00:30:00.000Z',
  'Oct 26 02:30 again': '2025-10-26T01:30:00.000Z',
  'Oct 26 23:59': '2025-10-26T22:59:59.999Z',
  'Oct 27 00:00': '2025-10-26T23:00:00.000Z',
} as const
/** Named by the clocks of Berlin. */
type Name = keyof typeof CLICKS

interface Case {
  readonly setting: string
  readonly user?: string
  readonly sent?: string
  readonly day: string
  readonly clicks: readonly Name[]
}
const BERLIN_MARCH: readonly Name[] = ['Mar 30 00:00', 'Mar 30 03:00', 'Mar 30 23:59']
const BERLIN_OCTOBER: readonly Name[] = ['Oct 26 00:00', 'Oct 26 02:30', 'Oct 26 02:30 again', 'Oct 26 23:59']
const UTC_MARCH: readonly Name[] = ['Mar 30 03:00', 'Mar 30 23:59', 'Mar 31 00:00']
const UTC_OCTOBER: readonly Name[] = ['Oct 26 02:30', 'Oct 26 02:30 again', 'Oct 26 23:59', 'Oct 27 00:00']

/** The zone that a request names, else UTC (reference conversions-and-reports §6.5), whatever zone reports are in. */
const cases: readonly Case[] = [
  { setting: 'UTC', day: '2025-03-30', clicks: UTC_MARCH },
  { setting: 'Europe/Berlin', day: '2025-10-26', clicks: UTC_OCTOBER },
  { setting: 'UTC', user: 'Europe/Berlin', day: '2025-03-30', clicks: UTC_MARCH },
  { setting: 'UTC', sent: 'Europe/Berlin', day: '2025-03-30', clicks: BERLIN_MARCH },
  { setting: 'UTC', sent: 'Europe/Berlin', day: '2025-10-26', clicks: BERLIN_OCTOBER },
  { setting: 'Europe/Berlin', user: 'Europe/Berlin', sent: 'UTC', day: '2025-10-26', clicks: UTC_OCTOBER },
]

/** Somebody whose preferences name the zone. */
async function keyOf(timezone: string): Promise<string> {
  const preferences = { timezone }
  const fields = { login: `zone${++count}`, password: 'a long password', type: 'ADMIN', preferences }
  const { id } = (await backend.call('POST', '/users', fields)).body
  return (await backend.call('POST', `/users/${id}/api_keys`, { name: 'key' })).body.key
}
let count = 0

/** A campaign with these clicks: its id, and the ids of the clicks by their names. */
async function campaignOfClicks(): Promise<{ id: number; ids: Map<string, string> }> {
  const { id } = await backend.create('campaigns', { name: 'Zones', alias: `zones${++count}` })
  const rows = Object.values(CLICKS).map((at, index) => {
    const datetime = Date.parse(at)
    return { sub_id: createSubId(datetime, (count * 20 + index) / 10_000), datetime, campaign_id: id }
  })
  await backend.events.insertLines(
    'clicks',
    rows.map((row) => toLine('clicks', row, count)),
    'zones',
  )
  return { id, ids: new Map(Object.keys(CLICKS).map((name, index) => [name, rows[index]?.sub_id ?? ''])) }
}

const paidOf = (ids: ReadonlyMap<string, string>): string[] => {
  const costs = new Map(backend.events.clicks().map(({ row }) => [row.sub_id, Number(row.cost ?? 0)]))
  return [...ids].flatMap(([name, id]) => ((costs.get(id) ?? 0) > 0 ? [name] : []))
}

describe('days of requests that change events', () => {
  for (const { setting, user, sent, day, clicks } of cases)
    it(`${day}: setting ${setting}, user ${user ?? 'none'}, request ${sent ?? 'none'}`, async () => {
      const headers = { 'api-key': user === undefined ? TEST_KEY : await keyOf(user) }
      const call = async (path: string, payload: object) => {
        const { status, body } = await backend.call('POST', path, payload, { headers })
        assert.equal(status, 200, JSON.stringify(body))
        return body
      }
      assert.equal((await backend.call('PUT', '/settings', { timezone: setting })).status, 200)
      const period = { start_date: day, end_date: day }
      const zone = sent === undefined ? {} : { timezone: sent }

      const one = await campaignOfClicks()
      await call(`/campaigns/${one.id}/update_costs`, { ...period, ...zone, cost: 1 })
      assert.deepEqual(paidOf(one.ids), clicks)
      const many = await campaignOfClicks()
      await call('/clicks/update_costs', { campaign_ids: [many.id], ...zone, costs: [{ ...period, cost: 1 }] })
      assert.deepEqual(paidOf(many.ids), clicks)
      const counted = await call('/clicks/clean', { ...period, ...zone, campaign_id: many.id, dry_run: true })
      assert.equal(counted.clicks, clicks.length)

      // What a report of that zone takes for that day.
      const timezone = sent ?? 'UTC'
      await call('/report/build', { range: { from: day, to: day, timezone }, metrics: ['clicks'] })
      const bounds = Object.values(backend.queries.at(-1)?.params ?? {}).filter((value) => typeof value === 'string')
      const [fromMs = 0, toMs = 0] = bounds
        .map((text) => Date.parse(`${text.replace(' ', 'T')}Z`))
        .filter(Number.isFinite)
      const shown = Object.entries(CLICKS).filter(([, at]) => Date.parse(at) >= fromMs && Date.parse(at) < toMs)
      assert.deepEqual(
        shown.map(([name]) => name),
        clicks,
      )

      const [imported, added] = ['Mar 29 23:59', 'Mar 30 00:00'].map((name) => one.ids.get(name))
      const at = `${day} 12:30`
      await call('/conversions/import', { ...zone, conversions: `${imported},1,,sale,,${at}` })
      await call('/conversions', { ...zone, click_id: added, postback_datetime: at })
      const isBerlin = sent === 'Europe/Berlin'
      // Summer time begins on the one day and ends on the other, both before noon.
      const hoursAhead = isBerlin ? (day === '2025-03-30' ? 2 : 1) : 0
      const told = backend.events.conversions().filter(({ row }) => [imported, added].includes(String(row.sub_id)))
      assert.deepEqual(
        told.map(({ row }) => row.postback_datetime),
        Array(2).fill(Date.parse(`${day}T12:30:00Z`) - hoursAhead * 3_600_000),
      )
    })
})
