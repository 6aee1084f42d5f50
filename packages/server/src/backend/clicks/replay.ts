import type { CampaignBundle } from '@trackyard/core/click/bundle.ts'
import { createReplay, type Outcome } from '@trackyard/core/click/replay.ts'
import { createReplaySum, MOVED_KINDS, type MovedKind } from '@trackyard/core/click/replay-sum.ts'
import { integer, text } from '@trackyard/core/entities/fields.ts'
import { microsToNumber } from '@trackyard/core/money.ts'
import { maySeeColumn } from '@trackyard/core/permissions.ts'
import { resolveRange } from '@trackyard/core/report/range.ts'
import { fail, ok, problem } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { ConfigReader } from '../../stores/config/port.ts'
import { entity } from '../auth/access.ts'
import { readInput } from '../http/read-input.ts'
import { reportContext } from '../reports/context.ts'
import { notFound } from '../resources/save.ts'
import { idOf, type Route } from '../route.ts'
import { compileDraft, draftDoubts, draftField, FIRST_NEW_ID } from './draft.ts'
import { openReplay, unkeptFilters } from './replay-clicks.ts'

const DEFAULT_LIMIT = 200_000
const MAX_LIMIT = 1_000_000
const MAX_MOVES = 200
/** A replay that takes longer is answered with what was replayed by then. */
const MAX_MS = 25_000

const rangeText = (help: string) => text(40).optional().describe(help)
const accepts = z.object({
  from: rangeText('First day or moment of the period, e.g. 2026-02-03 or 2026-02-03 14:00.'),
  to: rangeText('Last day or moment of the period; it belongs to it.'),
  interval: rangeText('Named period in place of from and to, e.g. yesterday or 7_days_ago. Default: 7_days_ago.'),
  timezone: text(100).optional().describe('IANA time zone of the period. Default: that of reports.'),
  limit: integer(1, MAX_LIMIT)
    .default(DEFAULT_LIMIT)
    .describe(`How many clicks to replay at most, up to ${MAX_LIMIT}; of more, every n-th is taken.`),
  draft: draftField.default({}),
})

const counts = z.object({
  member_id: z.int().nullable().describe('Id; null: none.'),
  name: z.string().describe('Name now; empty for none, and when you may not see it.'),
  clicks_recorded: z.int().describe('Clicks that went there.'),
  clicks_now: z.int().describe('Clicks that go there by the configuration of now.'),
  clicks_draft: z.int().describe('Clicks that would go there by the draft.'),
  share_now: z.number().describe('Percent of the clicks, by the configuration of now.'),
  share_draft: z.number().describe('Percent of the clicks, by the draft.'),
  epc: z
    .number()
    .nullable()
    .describe(
      'Offers: what a click that reached it earned in the period; null when none did, or you may not see revenue.',
    ),
})
const moves = z.object({
  from_id: z.int().nullable().describe('Where they go now; null: nowhere.'),
  to_id: z.int().nullable().describe('Where they would go; null: nowhere.'),
  clicks: z.int().describe('How many.'),
})
const place = z.object({
  stream: z.int().nullable().describe('Stream.'),
  landing: z.int().nullable().describe('Landing page.'),
  offer: z.int().nullable().describe('Offer.'),
})
const perKind = <T extends z.ZodType>(item: T, help: string) =>
  z
    .object({
      streams: z.array(item).describe('Streams.'),
      landings: z.array(item).describe('Landing pages.'),
      offers: z.array(item).describe('Offers.'),
    })
    .describe(help)

const answers = z.object({
  summary: z.string().describe('The result in a sentence.'),
  clicks_total: z.int().describe('Clicks of the period.'),
  clicks_replayed: z.int().describe('Clicks that were decided again; all other numbers are about these.'),
  sampled_every: z.int().describe('1: all; n: every n-th, chosen by their ids.'),
  is_complete: z.boolean().describe('False when time ran out before the end of the period.'),
  replayed_until: z.string().nullable().describe('UTC time of the last click replayed.'),
  clicks_moved: z.int().describe('Clicks that would go to another stream, landing page or offer.'),
  clicks_turned_away: z.int().describe('Clicks that the black list turned away; no draft changes that.'),
  clicks_changed_since: z.int().describe('Clicks that came before the campaign was changed last.'),
  clicks_other_than_recorded: z
    .int()
    .describe(
      'Clicks that the configuration of now decides otherwise than was recorded: it was changed since, or what decided is not stored.',
    ),
  members: perKind(counts, 'How many clicks go where.'),
  moves: perKind(moves, `Where clicks move from and to, the most first, at most ${MAX_MOVES} of a kind.`),
  expected_revenue: z
    .object({
      now: z.number().describe('By the configuration of now.'),
      draft: z.number().describe('By the draft.'),
      clicks_without_epc: z
        .int()
        .describe('Clicks that would reach an offer of which nothing is known in the period; they count as 0.'),
      caveat: z.string().describe('What it rests on.'),
    })
    .nullable()
    .describe('Money the replayed clicks would bring; null when you may not see revenue.'),
  examples: z
    .array(
      z.object({
        sub_id: z.string().describe('Click.'),
        from: place.describe('Where it goes now.'),
        to: place.describe('Where it would go.'),
      }),
    )
    .describe('Some clicks that move.'),
  limits: z.array(z.string()).describe('What the replay cannot know, in words.'),
})

/** How traffic would have moved: the clicks of a period decided again under changes that are not saved. */
export const replayRoute: Route = {
  method: 'POST',
  path: '/campaigns/:id/replay',
  description: 'How the clicks of a period would move under changes that are not saved; nothing is changed',
  access: entity('campaigns', 'read', 'streams', 'reports'),
  accepts,
  answers,
  async handle(request, backend) {
    const { configStore: reader, clock } = backend
    const { access } = request.actor
    const campaign = await reader.get('campaigns', idOf(request))
    if (!campaign || campaign.state === 'deleted') return notFound('campaigns', idOf(request))
    const read = readInput(accepts, request.input)
    if (!read.ok) return read
    const { draft, limit, from, to, timezone } = read.value
    const interval = read.value.interval ?? (from || to ? undefined : '7_days_ago')
    const range = resolveRange(
      { from, to, timezone, interval },
      await reportContext(reader, clock.nowMs(), request.actor),
    )
    if (!range.ok)
      return fail(...range.problems.map((one) => problem(one.code, one.message, one.at?.replace(/^range\./, ''))))
    const drafted = await compileDraft(campaign, draft, reader, clock.nowMs())
    if (!drafted.ok) return drafted
    for (const doubt of draftDoubts(request.input.draft)) request.hint(doubt)
    if (draft.campaign === undefined && (draft.streams ?? []).length === 0)
      request.hint('Nothing changes in the draft: put what is to be tried into draft.campaign or draft.streams.')
    const { current, draft: changed } = drafted.value
    const opened = await openReplay(campaign.id, range.value, limit, [current.bundle, changed.bundle], backend)
    if (!opened.ok) return opened
    const replay = createReplay(current.compiled, changed.compiled)
    const sum = createReplaySum()
    const giveUpAt = performance.now() + MAX_MS
    let isComplete = true
    let untilMs = 0
    for await (const page of opened.value.pages()) {
      if (!page.ok) return page
      for (const row of page.value) {
        sum.add(String(row.sub_id), replay(row), Number(row.revenue ?? 0))
        untilMs = Number(row.datetime)
      }
      if (performance.now() > giveUpAt) {
        isComplete = false
        break
      }
    }
    const { clicks, moved, changedSince, otherThanRecorded, turnedAway } = sum.sum
    const maySeeMoney = REVENUE_COLUMNS.every((column) => maySeeColumn(access, column))
    const expected = sum.expected()
    const percent = clicks === 0 ? 0 : Math.round((moved / clicks) * 1000) / 10
    return ok({
      summary: `${moved} of ${clicks} clicks (${percent} %) would go elsewhere.`,
      clicks_total: opened.value.total,
      clicks_replayed: clicks,
      sampled_every: opened.value.every,
      is_complete: isComplete,
      replayed_until: untilMs === 0 ? null : new Date(untilMs).toISOString().slice(0, 19).replace('T', ' '),
      clicks_moved: moved,
      clicks_turned_away: turnedAway,
      clicks_changed_since: changedSince,
      clicks_other_than_recorded: otherThanRecorded,
      members: await eachKind((kind) => tellMembers(kind, sum, maySeeMoney, changed.bundle, reader)),
      moves: await eachKind(async (kind) => tellMoves(kind, sum)),
      expected_revenue: maySeeMoney
        ? {
            now: microsToNumber(expected.nowMicros, 2),
            draft: microsToNumber(expected.draftMicros, 2),
            clicks_without_epc: expected.clicksWithoutEpc,
            caveat: CAVEAT,
          }
        : null,
      examples: sum.examples.map(({ subId, from: before, to: after }) => ({
        sub_id: subId,
        from: tellPlace(before),
        to: tellPlace(after),
      })),
      limits: limitsOf(unkeptFilters(changed.bundle), current.compiled.needs.binding !== null),
    })
  },
}

const REVENUE_COLUMNS = ['lead_revenue', 'sale_revenue', 'registration_revenue', 'deposit_revenue']
const CAVEAT =
  'Every click that reaches an offer is taken to earn what clicks that reached it earned on average in this period, whoever they were; visitors shown a landing page for the first time are taken to go on as often as those who saw it did.'

type Sum = ReturnType<typeof createReplaySum>
const KINDS = { stream: 'streams', landing: 'landing_pages', offer: 'offers' } as const
const orNone = (id: number): number | null => (id === 0 ? null : id)

async function eachKind<T>(tell: (kind: MovedKind) => Promise<T>) {
  const [streams, landings, offers] = await Promise.all(MOVED_KINDS.map(tell))
  return { streams, landings, offers }
}

async function tellMembers(
  kind: MovedKind,
  sum: Sum,
  maySeeMoney: boolean,
  { streams }: CampaignBundle,
  reader: ConfigReader,
) {
  const all = [...(sum.members.get(kind)?.values() ?? [])]
  const known = await reader.getMany(
    KINDS[kind],
    all.map(({ id }) => id),
  )
  // Streams that are in the draft alone are nobody's but the one's who asks.
  const drafted = kind === 'stream' ? streams.filter(({ id }) => id >= FIRST_NEW_ID) : []
  const names = new Map([...known, ...drafted].map(({ id, name }) => [id, name ?? '']))
  const percent = (clicks: number): number => Math.round((clicks / Math.max(1, sum.sum.clicks)) * 10_000) / 100
  return all
    .toSorted((a, b) => b.draft - a.draft || a.id - b.id)
    .map(({ id, recorded, now, draft }) => {
      const epc = kind === 'offer' && maySeeMoney ? sum.epcMicros(id) : null
      return {
        member_id: orNone(id),
        name: names.get(id) ?? '',
        clicks_recorded: recorded,
        clicks_now: now,
        clicks_draft: draft,
        share_now: percent(now),
        share_draft: percent(draft),
        epc: epc === null ? null : microsToNumber(epc, 6),
      }
    })
}

const tellMoves = (kind: MovedKind, { moves: all }: Sum) =>
  [...(all.get(kind)?.values() ?? [])]
    .toSorted((a, b) => b.clicks - a.clicks || a.from - b.from || a.to - b.to)
    .slice(0, MAX_MOVES)
    .map(({ from, to, clicks }) => ({ from_id: orNone(from), to_id: orNone(to), clicks }))

const tellPlace = ({ streamId, landingId, offerId }: Outcome) => ({
  stream: orNone(streamId),
  landing: orNone(landingId),
  offer: orNone(offerId),
})

function limitsOf(unkept: readonly string[], binds: boolean): string[] {
  return [
    ...(unkept.length > 0
      ? [
          `What these filters compare is not stored: ${unkept.join(', ')}. Where their stream is unchanged they say what they said; elsewhere limits count as not reached, parameters as absent, and visits by address or by cookie as the first.`,
        ]
      : []),
    'Limits and full offers count as they did: what moves does not fill them.',
    ...(binds
      ? ['A visitor who was bound stays bound; visitors who would have been bound otherwise are not followed.']
      : []),
    'First visits are those of then, also to streams that a visitor would have seen otherwise.',
    'A visitor who went on from a landing page is taken to go on from another one.',
    'Chains of campaigns are followed to the first campaign only.',
  ]
}
