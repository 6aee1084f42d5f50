import type { CampaignBundle } from '@trackyard/core/click/bundle.ts'
import { FIRST_VISIT, type SeenBefore } from '@trackyard/core/click/click.ts'
import type { CompiledCampaign } from '@trackyard/core/click/compile.ts'
import { compileCampaign } from '@trackyard/core/click/compile.ts'
import { clickFromRow, visitorFromRow } from '@trackyard/core/click/stored-click.ts'
import { decodeTrace } from '@trackyard/core/click/trace.ts'
import type { EntityKind, EntityOf } from '@trackyard/core/entities/index.ts'
import { clickColumns } from '@trackyard/core/events/click-columns.ts'
import { fromStoreLine } from '@trackyard/core/events/store-line.ts'
import { type Access, maySeeColumn } from '@trackyard/core/permissions.ts'
import { parseMoment } from '@trackyard/core/report/range.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { SimulationAnswer, SimulationCall } from '../../simulation.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import { entity } from '../auth/access.ts'
import { unrestricted } from '../auth/reach.ts'
import { loadBundle } from '../bundles.ts'
import type { Currencies } from '../currencies/currencies.ts'
import { readInput } from '../http/read-input.ts'
import { isForeign, withConvertedMoney } from '../ingest/click-money.ts'
import { notFound } from '../resources/save.ts'
import { idOf, type Route } from '../route.ts'
import { compileDraft, draftDoubts, FIRST_NEW_ID } from './draft.ts'
import { explainAnswer } from './explain-answer.ts'
import { explainClick } from './explain-click.ts'
import { type SimulatedVisitor, simulateFields } from './simulate-fields.ts'

const { events: _events, conversions: _conversions, ...decisionShape } = explainAnswer.shape
const decided = z.object(decisionShape)

const answers = decided.extend({
  action: z.string().nullable().describe('Key of the action that would answer.'),
  handed_on: z
    .array(decided.extend({ action: z.string().nullable().describe('Key of the action that would answer.') }))
    .describe('The same of campaigns that the visitor would be handed on to, as far as you may see them.'),
  response: z
    .object({
      status: z.int().describe('Status that the visitor would get.'),
      headers: z
        .array(z.object({ name: z.string().describe('Name.'), value: z.string().describe('Value.') }))
        .describe('Headers, cookies among them. Tokens are made for the answer alone and open nothing.'),
      body: z.string().describe('Body, at most 20,000 characters of it.'),
      is_body_cut: z.boolean().describe('The body is longer.'),
      fetches: z
        .string()
        .nullable()
        .describe('Address that would be fetched first to make the body; it is not fetched here.'),
    })
    .nullable()
    .describe('What would be sent; null when you may not see where visitors are sent.'),
})

/** What would become of a visitor, answered as `explain` answers of one who came; nothing is counted or stored. */
export const simulateRoute: Route = {
  method: 'POST',
  path: '/campaigns/:id/simulate',
  description: 'What would become of a visitor, also under changes that are not saved; nothing is counted',
  access: entity('campaigns', 'read', 'streams'),
  accepts: simulateFields,
  answers,
  async handle(request, { configStore: reader, simulator, currencies, clock }) {
    const campaign = await reader.get('campaigns', idOf(request))
    if (!campaign || campaign.state === 'deleted') return notFound('campaigns', idOf(request))
    const read = readInput(simulateFields, request.input)
    if (!read.ok) return read
    const drafted = await compileDraft(campaign, read.value.draft, reader, clock.nowMs())
    if (!drafted.ok) return drafted
    const { bundle, compiled } = drafted.value.draft
    const call = toCall(read.value, bundle)
    if (!call.ok) return call
    const simulated = await simulator.simulate(call.value)
    if (!simulated.ok) return simulated
    for (const doubt of draftDoubts(request.input.draft)) request.hint(doubt)
    if (!read.value.user_agent && read.value.is_bot === undefined)
      request.hint('Without user_agent the visitor is taken for a bot: send one, or is_bot.')
    if (bundle.campaign.state !== 'active')
      request.hint('The campaign is not active, so visitors get an empty page now; this is what happens once it is.')
    const { access } = request.actor
    const hops = await inRowCurrency(simulated.value, currencies, clock.nowMs())
    const [entry, ...others] = await tellHops(hops, { bundle, compiled }, access, reader, read.value.is_bot)
    if (!entry) return fail(problem('unavailable', 'Nothing was simulated: the answer was empty. Try again.'))
    const { status, headers, body, isBodyCut, fetches } = simulated.value.response
    const mayTell = maySeeColumn(access, 'destination')
    return ok({
      ...entry,
      handed_on: others,
      response: mayTell
        ? { status, headers: headers.map(([name, value]) => ({ name, value })), body, is_body_cut: isBodyCut, fetches }
        : null,
    })
  },
}

const seenBefore = (seen: SimulationAnswer['hops'][number]['byIp']): SeenBefore =>
  seen ? { ...seen, seenStreams: new Set(seen.seenStreams) } : FIRST_VISIT

type Prepared = { readonly bundle: CampaignBundle; readonly compiled: CompiledCampaign }

/** The tracker knows no rates, so amounts in other currencies are converted as ingest does. */
async function inRowCurrency(
  { hops }: SimulationAnswer,
  currencies: Currencies,
  nowMs: number,
): Promise<SimulationAnswer['hops']> {
  if (!hops.some(({ line }) => isForeign(line))) return hops
  const exchange = await currencies.exchange()
  return hops.map((hop) => ({ ...hop, line: withConvertedMoney(hop.line, exchange, nowMs) }))
}

async function tellHops(
  hops: SimulationAnswer['hops'],
  own: Prepared,
  access: Access,
  reader: ConfigReader,
  isStatedBot?: boolean,
) {
  const told = []
  for (const [index, hop] of hops.entries()) {
    const prepared = index === 0 ? own : await preparedOf(hop.campaignId, reader)
    if (!prepared) continue
    const row = fromStoreLine(clickColumns, hop.line)
    const known = clickFromRow(row)
    const visitor = {
      ...visitorFromRow(row, decodeTrace(String(row.trace ?? ''))),
      seenStreams: new Set(hop.seenStreams),
      limits: new Map(hop.limits),
      limitsIn: new Map(hop.limitsIn?.map(([timeZone, counts]) => [timeZone, new Map(counts)])),
      byIp: seenBefore(hop.byIp),
      byCookie: seenBefore(hop.byCookie),
    }
    // What was simulated is what is there: nothing of it was changed since.
    const bundle = untouched(prepared.bundle)
    const explained = await explainClick({
      row,
      access,
      reader: await withStreams(reader, bundle),
      decided: { bundle, compiled: prepared.compiled, click: { ...known, params: hop.params }, visitor },
      isStatedBot,
    })
    told.push({ ...explained, action: hop.action })
  }
  return told
}

/** A campaign that the visitor was handed on to; null when the user may not see it. */
async function preparedOf(campaignId: number, reader: ConfigReader): Promise<Prepared | null> {
  const campaign = await reader.get('campaigns', campaignId)
  if (!campaign) return null
  const bundle = await loadBundle(unrestricted(reader), campaign)
  const compiled = compileCampaign(bundle)
  return compiled.ok ? { bundle, compiled: compiled.value } : null
}

function untouched(bundle: CampaignBundle): CampaignBundle {
  const still = <T extends { readonly updated_at_ms: number }>(one: T): T => ({ ...one, updated_at_ms: 0 })
  return {
    ...bundle,
    campaign: still(bundle.campaign),
    streams: bundle.streams.map(still),
    landings: bundle.landings.map(still),
    offers: bundle.offers.map(still),
    filterSets: bundle.filterSets.map(still),
  }
}

/** The reader with streams as they are in the draft, new ones among them; those it does not see stay hidden. */
async function withStreams(reader: ConfigReader, { streams }: CampaignBundle): Promise<ConfigReader> {
  const stored = await reader.getMany(
    'streams',
    streams.map(({ id }) => id),
  )
  const seen = new Set(stored.map(({ id }) => id))
  const drafted = new Map(
    streams.filter(({ id }) => seen.has(id) || id >= FIRST_NEW_ID).map((stream) => [stream.id, stream]),
  )
  const find = <Kind extends EntityKind>(kind: Kind, id: number): EntityOf<Kind> | undefined =>
    // The kind says what it is; TypeScript does not follow that for a generic one.
    kind === 'streams' ? (drafted.get(id) as EntityOf<Kind> | undefined) : undefined
  return {
    ...reader,
    get: async (kind, id) => find(kind, id) ?? reader.get(kind, id),
    async getMany(kind, ids) {
      const found = ids.flatMap((id) => find(kind, id) ?? [])
      const rest = kind === 'streams' ? ids.filter((id) => !drafted.has(id)) : ids
      return [...found, ...(rest.length > 0 ? await reader.getMany(kind, rest) : [])]
    },
  }
}

function toCall(visitor: SimulatedVisitor, bundle: CampaignBundle): Result<SimulationCall> {
  const at = visitor.at === undefined ? null : parseMoment(visitor.at, 'UTC')
  if (visitor.at !== undefined && at === null)
    return fail(
      problem('validation', 'must be a date such as 2026-02-03, 2026-02-03 14:05 or 2026-02-03 14:05:09', 'at'),
    )
  const unique = visitor.is_unique ?? null
  const { bound_stream_id: streamId, bound_landing_id: landingId, bound_offer_id: offerId } = visitor
  return ok({
    bundle: JSON.stringify(bundle),
    url: `/${bundle.campaign.alias}?${queryOf(visitor)}`,
    authority: visitor.host || 'localhost',
    isTls: visitor.https ?? true,
    ip: visitor.ip ?? '',
    headers: headersOf(visitor),
    atMs: at?.startMs ?? null,
    roll: visitor.roll ?? null,
    geo: given({
      country: visitor.country?.toUpperCase(),
      region: visitor.region,
      city: visitor.city,
      isp: visitor.isp,
      connectionType: visitor.connection_type,
      operator: visitor.operator,
    }),
    device: given({
      type: visitor.device_type,
      brand: visitor.device_brand,
      model: visitor.device_model,
      os: visitor.os,
      osVersion: visitor.os_version,
      browser: visitor.browser,
      browserVersion: visitor.browser_version,
    }),
    isBot: visitor.is_bot ?? null,
    isProxy: visitor.is_using_proxy ?? null,
    isUniqueCampaign: visitor.is_unique_campaign ?? unique,
    isUniqueStream: visitor.is_unique_stream ?? unique,
    isUniqueGlobal: visitor.is_unique_global ?? unique,
    isUniqueIp: visitor.is_unique_ip ?? unique,
    isUniqueCookie: visitor.is_unique_cookie ?? unique,
    streamClicks: visitor.stream_clicks ?? null,
    binding: streamId === undefined ? null : { streamId, landingId: landingId ?? null, offerId: offerId ?? null },
  })
}

const given = (values: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))

function queryOf({ url = '', params = {} }: SimulatedVisitor): string {
  const [query = ''] = (url.includes('?') ? url.slice(url.indexOf('?') + 1) : '').split('#')
  const more = new URLSearchParams(params).toString()
  return [query, more].filter((part) => part !== '').join('&')
}

function headersOf({ headers = {}, user_agent: agent, referrer, language }: SimulatedVisitor): Record<string, string> {
  const own = given({ 'user-agent': agent, referer: referrer, 'accept-language': language })
  const more = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  return { ...Object.fromEntries(more), ...own }
}
