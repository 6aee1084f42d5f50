import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { compileCampaign } from '@trackyard/core/click/compile.ts'
import { makeBundle } from '@trackyard/core/click/fixtures.ts'
import { addressesIn } from '../../packages/server/src/config.ts'
import { createLog } from '../../packages/server/src/log.ts'
import { SpoolWriter } from '../../packages/server/src/spool/writer.ts'
import { createMemoryVisitorStore } from '../../packages/server/src/stores/visitors/memory.ts'
import type { Deps } from '../../packages/server/src/tracker/deps.ts'
import { createDeviceParser } from '../../packages/server/src/tracker/device.ts'
import { openGeo } from '../../packages/server/src/tracker/geo-feed.ts'
import { handleClick } from '../../packages/server/src/tracker/handle-click.ts'
import { readOrigin } from '../../packages/server/src/tracker/headers.ts'
import { createIdentify } from '../../packages/server/src/tracker/identity.ts'
import { NO_LOCAL_PAGES } from '../../packages/server/src/tracker/local-pages.ts'
import { compileParameters } from '../../packages/server/src/tracker/parameters.ts'
import { parseQuery, splitUrl } from '../../packages/server/src/tracker/query.ts'
import { NO_FETCHES } from '../../packages/server/src/tracker/remote/carry-out.ts'
import type { LiveCampaign, Site } from '../../packages/server/src/tracker/site.ts'
import { atOnce } from '../../packages/server/src/tracker/turn.ts'
import { ALIAS, campaign, offers, streams } from './eight-streams.ts'
import { createVisitors } from './visitors.ts'

/** Clicks handed to the spool before it is let write: a turn of the event loop under load. */
const PER_TURN = 200

/** Writes `clicks` clicks of the eight-stream campaign into a new spool below `dir`, as the tracker's handler makes them. */
export async function writeClickSpool(dir: string, clicks: number): Promise<string> {
  const spoolDir = join(dir, 'spool')
  mkdirSync(spoolDir, { recursive: true })
  const log = createLog('bench', 'warn')
  const spool = new SpoolWriter({ dir: spoolDir, segmentBytes: 67_108_864, fsync: 'interval', log })
  const count = { inc: () => undefined }
  const deps: Deps = {
    senses: {
      geo: await openGeo(() => null),
      devices: createDeviceParser(),
      nowMs: Date.now,
      chance: Math.random,
    },
    visitors: createMemoryVisitorStore({ nowMs: Date.now, keepMs: () => 366 * 86_400_000 }),
    spool,
    identify: createIdentify('bench'),
    metrics: {
      clicks: count,
      landingClicks: count,
      postbacks: count,
      rejectedPostbacks: count,
      unloggedPostbacks: count,
      notFound: count,
      disabledCampaigns: count,
      failures: count,
      clicksWithoutDestination: count,
      missingPages: count,
      fetches: count,
      failedFetches: count,
      undurable: count,
      render: async () => '',
    },
    macroFile: () => '',
    localPages: NO_LOCAL_PAGES,
    carryOut: NO_FETCHES,
    later: atOnce,
    indexing: () => [],
  }
  const live = liveCampaign()
  const site = siteOf(live)
  const trusted = addressesIn(['127.0.0.1/32'])
  const nextVisit = createVisitors(ALIAS, 1)
  for (let done = 0; done < clicks; done++) {
    const { url, headers } = nextVisit()
    const request = {
      method: 'GET',
      url,
      headers,
      socketAddress: '127.0.0.1',
      isTls: false,
      readBody: async () => null,
    }
    const params = parseQuery(splitUrl(url).query)
    handleClick(request, readOrigin(headers, '127.0.0.1', trusted), params, live, site, deps, () => undefined)
    if (done % PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await spool.close()
  return spoolDir
}

function liveCampaign(): LiveCampaign {
  const bundle = makeBundle({ campaign: { ...campaign, id: 1 }, streams: streams(1, [1, 2, 3, 4, 5, 6, 7, 8]), offers })
  const compiled = compileCampaign(bundle)
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems))
  return {
    compiled: compiled.value,
    parameters: compileParameters(bundle.campaign.parameters),
    isActive: true,
    isArchived: false,
    streamIds: [...compiled.value.streamsById.keys()],
  }
}

const siteOf = (live: LiveCampaign): Site => ({
  header: {
    format: 1,
    version: 1,
    publishedAtMs: 0,
    campaignCount: 1,
    shards: [],
    settings: {
      baseCurrency: 'USD',
      rowCurrency: '',
      postbackKey: 'bench-key',
      tokenKeys: [{ id: 'k1', secret: 'benchmark-secret-benchmark-secret' }],
      visitorSecret: 'a secret of the bench',
      landingTokenTtlMs: 3_600_000,
      unknownHosts: 'serve',
      timezone: 'UTC',
      ipPrivacy: 'keep',
      parameterAliases: {},
    },
    domains: [],
    localFiles: [],
    bots: { rangesFile: '', userAgents: [] },
    blacklist: [],
  },
  screen: null,
  caps: new Map(),
  byPass: () => live,
  byAlias: () => live,
  byId: () => undefined,
  byToken: () => undefined,
  domain: () => undefined,
  localFiles: () => undefined,
  campaignCount: 1,
  longestUniquenessMs: 86_400_000,
})
