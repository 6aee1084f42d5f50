import { randomBytes } from 'node:crypto'
import { FIRST_VISIT, type LimitCounts, type SeenBefore, type VisitorState } from '@trackyard/core/click/click.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import type { Log } from '../log.ts'
import type { SimulationAnswer, SimulationCall } from '../simulation.ts'
import { parseBundle } from '../snapshot.ts'
import type { VisitorQuery, VisitorStore } from '../stores/visitors/port.ts'
import type { Deps } from './deps.ts'
import { embed, embeddingOf } from './embed.ts'
import type { FrontRequest } from './front.ts'
import { hostName, type Origin } from './headers.ts'
import { createTrackerMetrics } from './metrics.ts'
import { parseQuery, splitUrl } from './query.ts'
import { type Shown, toFrontReply } from './respond.ts'
import { type Hop, runClick } from './run-click.ts'
import { pageKindOf, pageReply, runForPage } from './scripts/answer-page.ts'
import { compileLive, type LiveCampaign, type Site } from './site.ts'
import { atOnce } from './turn.ts'

const MAX_BODY_CHARACTERS = 20_000
/** The draft may be wrong; whoever asked is told. */
const SILENT: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const NOTHING = (): number => 0

/**
 * What would become of a visitor, by the code that serves visitors: nothing is counted, remembered, recorded or
 * fetched. Tokens are signed with a key of the moment, so nobody can go on with them.
 */
export function simulate(call: SimulationCall, site: Site, deps: Deps): Result<SimulationAnswer> {
  const { parameterAliases } = site.header.settings
  const collecting = (live: LiveCampaign | undefined): LiveCampaign | undefined => {
    const { bundle } = live?.compiled ?? {}
    // Clicks that are not stored are told about like all others.
    const streams = bundle?.streams.map((stream) => ({ ...stream, collect_clicks: true })) ?? []
    return (bundle && compileLive({ ...bundle, streams }, parameterAliases, SILENT)) ?? undefined
  }
  const asked = compileLive(parseBundle(call.bundle), parameterAliases, SILENT)
  const live = collecting(asked ?? undefined)
  if (!live) return fail(problem('validation', 'The campaign does not compile.'))

  const key = { id: 'simulated', secret: randomBytes(16).toString('hex') }
  const settings = { ...site.header.settings, tokenKeys: [key, ...site.header.settings.tokenKeys] }
  const scene: Site = {
    ...site,
    header: { ...site.header, settings },
    byId: (id) => (id === live.compiled.id ? live : collecting(site.byId(id))),
  }
  const states = new Map<number, VisitorState>()
  const props: Deps = {
    ...deps,
    senses: sensesOf(call, deps.senses),
    visitors: visitorsOf(call, deps.visitors, states),
    later: atOnce,
    spool: { append: () => undefined },
    metrics: createTrackerMetrics({
      spoolPosition: NOTHING,
      spoolFailing: NOTHING,
      spoolLost: NOTHING,
      visitorsKnown: NOTHING,
      snapshotVersion: NOTHING,
    }),
  }
  const origin: Origin = {
    ip: call.ip,
    host: hostName(call.authority),
    authority: call.authority,
    isTls: call.isTls,
    cameThroughProxy: call.isProxy ?? false,
  }
  const request: FrontRequest = {
    method: 'GET',
    url: call.url,
    headers: call.headers,
    socketAddress: call.ip,
    isTls: call.isTls,
    readBody: async () => Buffer.alloc(0),
  }
  const { query } = splitUrl(call.url)
  const params = parseQuery(query)
  const kind = pageKindOf(params, query)
  const embedding = embeddingOf(request.headers, params)
  const run = kind
    ? runForPage(kind, request, origin, params, live, scene, props)
    : runClick(request, origin, params, live, scene, props, { embedding })
  const { reply } = run
  const shown = (): Shown => embed(reply.kind === 'fetch' ? reply.fallback : reply, embedding, params)
  const sent = kind
    ? pageReply(kind, run, origin, params, live)
    : toFrontReply(shown(), run.cookies, origin.isTls, deps.indexing(site, origin.host))
  const body = sent.body.toString()
  return ok({
    hops: run.hops.map((hop) => toldOf(hop, params, states.get(hop.campaignId))),
    response: {
      status: sent.status,
      headers: pairs(sent.headers),
      body: body.slice(0, MAX_BODY_CHARACTERS),
      isBodyCut: body.length > MAX_BODY_CHARACTERS,
      fetches: reply.kind === 'fetch' ? reply.request.url : null,
    },
  })
}

function sensesOf({ atMs, roll, geo, device, isBot }: SimulationCall, senses: Deps['senses']): Deps['senses'] {
  let isRolled = false
  return {
    ...senses,
    geo: { find: (ip) => ({ ...senses.geo.find(ip), ...geo }) },
    devices: {
      parse(userAgent, hints) {
        const facts = senses.devices.parse(userAgent, hints)
        return { ...facts, device: { ...facts.device, ...device }, isBot: isBot ?? facts.isBot }
      },
    },
    nowMs: () => atMs ?? senses.nowMs(),
    // The first number is the roll of the click, further ones make its id.
    chance() {
      if (isRolled || roll === null) return senses.chance()
      isRolled = true
      return roll / 2 ** 32
    },
  }
}

/** The memory of visitors as it is, but for what is said of this one; what was read is kept in `states`. */
function visitorsOf(call: SimulationCall, visitors: VisitorStore, states: Map<number, VisitorState>): VisitorStore {
  const clicks = call.streamClicks
  const given: LimitCounts | null = clicks === null ? null : { hour: clicks, day: clicks, total: clicks }
  return {
    read(query) {
      const known = visitors.read(query)
      const state: VisitorState = {
        isUniqueCampaign: call.isUniqueCampaign ?? known.isUniqueCampaign,
        isUniqueGlobal: call.isUniqueGlobal ?? known.isUniqueGlobal,
        seenStreams:
          call.isUniqueStream === null ? known.seenStreams : new Set(call.isUniqueStream ? [] : query.streamIds),
        limits: given === null ? known.limits : new Map(query.limitStreamIds.map((id) => [id, given])),
        limitsIn:
          given === null
            ? (known.limitsIn ?? new Map())
            : new Map(
                query.limitZones?.map(({ timeZone, streamIds }) => [
                  timeZone,
                  new Map(streamIds.map((id) => [id, given])),
                ]),
              ),
        byIp: toldBy(call.isUniqueIp, query) ?? known.byIp ?? FIRST_VISIT,
        byCookie: toldBy(call.isUniqueCookie, query) ?? known.byCookie ?? FIRST_VISIT,
        binding: call.binding ?? known.binding,
      }
      states.set(query.campaignId, state)
      return state
    },
    record: () => undefined,
  }
}

/** What is said of the visitor in every scope; null when nothing is. */
const toldBy = (isUnique: boolean | null, { streamIds }: VisitorQuery): SeenBefore | null =>
  isUnique === null
    ? null
    : { isUniqueCampaign: isUnique, isUniqueGlobal: isUnique, seenStreams: new Set(isUnique ? [] : streamIds) }

const asData = ({ seenStreams, ...seen }: SeenBefore) => ({ ...seen, seenStreams: [...seenStreams] })

function toldOf(
  hop: Hop,
  params: Readonly<Record<string, string>>,
  state: VisitorState | undefined,
): SimulationAnswer['hops'][number] {
  return {
    campaignId: hop.campaignId,
    line: lineOf(hop),
    params: { ...params },
    seenStreams: [...(state?.seenStreams ?? [])],
    limits: [...(state?.limits ?? [])],
    limitsIn: [...(state?.limitsIn ?? [])].map(([timeZone, counts]) => [timeZone, [...counts]]),
    byIp: asData(state?.byIp ?? FIRST_VISIT),
    byCookie: asData(state?.byCookie ?? FIRST_VISIT),
    action: hop.decision.action?.key ?? null,
  }
}

/** The last field of its record. */
function lineOf(hop: Hop): string {
  const record = hop.record()
  return record.slice(record.lastIndexOf('\t') + 1)
}

function pairs(list: readonly string[]): [string, string][] {
  return list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1] ?? ''] as [string, string]] : []))
}
