import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UNKNOWN_GEO } from '@trackyard/core/click/click.ts'
import { type CompiledCampaign, compileCampaign } from '@trackyard/core/click/compile.ts'
import { makeBundle } from '@trackyard/core/click/fixtures.ts'
import { clickColumns } from '@trackyard/core/events/click-columns.ts'
import { fromStoreLine } from '@trackyard/core/events/store-line.ts'
import { createMemoryVisitorStore } from '../stores/visitors/memory.ts'
import type { Deps } from './deps.ts'
import { createDeviceParser } from './device.ts'
import type { FrontRequest } from './front.ts'
import { NO_LOCAL_PAGES } from './local-pages.ts'
import { createTrackerMetrics } from './metrics.ts'
import { compileParameters } from './parameters.ts'
import { NO_FETCHES } from './remote/carry-out.ts'
import { recordRun, runClick } from './run-click.ts'
import type { LiveCampaign, Site } from './site.ts'
import { atOnce } from './turn.ts'

/** Campaigns 1, 2, 3 …, each sending its visitors to the one named, or to a URL with what macros say of the chain. */
function chainOf(...targets: readonly (number | 'url')[]) {
  const campaigns = targets.map((target, index) => {
    const stream =
      target === 'url'
        ? { schema: 'redirect', action_payload: 'https://o.example/?c={campaign_id}&from={parent_campaign_id}' }
        : { schema: 'action', action_type: 'campaign', action_payload: target }
    const made = compileCampaign(makeBundle({ campaign: { id: index + 1, alias: `c${index + 1}` }, streams: [stream] }))
    assert.ok(made.ok)
    return live(made.value)
  })
  const zero = () => 0
  const metrics = createTrackerMetrics({
    spoolPosition: zero,
    spoolFailing: zero,
    spoolLost: zero,
    visitorsKnown: zero,
    snapshotVersion: zero,
  })
  const written: string[] = []
  const deps: Deps = {
    senses: { geo: { find: () => UNKNOWN_GEO }, devices: createDeviceParser(), nowMs: Date.now, chance: Math.random },
    visitors: createMemoryVisitorStore({ nowMs: Date.now, keepMs: () => 1000 }),
    spool: {
      append(payload, done) {
        written.push(payload)
        done(true)
      },
    },
    identify: () => 'visitor1',
    metrics,
    macroFile: () => '',
    localPages: NO_LOCAL_PAGES,
    carryOut: NO_FETCHES,
    later: atOnce,
    indexing: () => [],
  }
  const site = {
    header: { settings: { tokenKeys: [{ id: 'a', secret: 's' }], baseCurrency: 'USD', rowCurrency: 'USD' } },
    screen: null,
    byId: (id: number) => campaigns[id - 1],
  } as unknown as Site
  const entry = campaigns[0]
  assert.ok(entry)
  const origin = { ip: '1.1.1.1', host: 'go.example', authority: 'go.example', isTls: true, cameThroughProxy: false }
  const run = runClick(request, origin, {}, entry, site, deps, { embedding: 'direct' })
  let isDone = false
  recordRun(run, deps, () => {
    isDone = true
  })
  assert.ok(isDone)
  const rows = written.map((line) => fromStoreLine(clickColumns, line.split('\t')[3] ?? ''))
  return { run, rows }
}

const live = (compiled: CompiledCampaign): LiveCampaign => ({
  compiled,
  parameters: compileParameters({}),
  isActive: true,
  isArchived: false,
  streamIds: [...compiled.streamsById.keys()],
})
const request: FrontRequest = {
  method: 'GET',
  url: '/c1',
  headers: {},
  socketAddress: '',
  isTls: false,
  readBody: async () => null,
}

describe('campaigns that hand visitors on', () => {
  it('are one click each, which knows the one before', () => {
    const { run, rows } = chainOf(2, 3, 'url')
    assert.ok(run.reply.kind === 'redirect')
    assert.equal(run.reply.url, 'https://o.example/?c=3&from=2')
    assert.deepEqual(
      rows.map((row) => [row.campaign_id, row.parent_campaign_id ?? 0, row.parent_sub_id === undefined]),
      [
        [1, 0, true],
        [2, 1, false],
        [3, 2, false],
      ],
    )
    assert.deepEqual(
      rows.map((row) => row.parent_sub_id),
      [undefined, rows[0]?.sub_id, rows[1]?.sub_id],
    )
    // The cookie is that of the click which leads on.
    assert.equal(run.cookies.find(({ name }) => name === '_subid')?.value, rows[2]?.sub_id)
  })
  for (const [name, targets, length] of [
    ['a campaign that sends to itself', [1], 1],
    ['a circle of two', [2, 1], 2],
    ['a circle that is entered from outside', [2, 3, 2], 3],
    ['a campaign that is not there', [9], 1],
    ['a chain that is too long', [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 'url'], 10],
  ] as const) {
    it(`${name} ends in an empty page and is counted as far as it came`, () => {
      const { run, rows } = chainOf(...targets)
      assert.equal(rows.length, length)
      assert.deepEqual([run.reply.kind, run.reply.status, run.reply.body], ['page', 200, ''])
    })
  }
})
