import { flag, integer } from '@trackyard/core/entities/fields.ts'
import {
  type AdminEvent,
  adminRecord,
  type CleanEvent,
  type CostsEvent,
  isSweep,
  selectionOf,
} from '@trackyard/core/events/admin-event.ts'
import { microsToNumber } from '@trackyard/core/money.ts'
import { fail, ok, type Problem, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { entity, section } from '../auth/access.ts'
import { writableCampaigns } from '../auth/event-reach.ts'
import { unrestricted } from '../auth/reach.ts'
import type { Backend } from '../context.ts'
import { type AuditNote, commitEvents } from '../events/commit.ts'
import type { Input } from '../http/read-body.ts'
import { readInput } from '../http/read-input.ts'
import { guardEvents } from '../reports/ask-events.ts'
import { presentTime } from '../resources/present.ts'
import { notFound } from '../resources/save.ts'
import { type ApiRequest, idOf, type Route } from '../route.ts'
import { emptySweepHints } from './empty-sweeps.ts'
import { readPeriod, timezoneField } from './fields.ts'
import { costFields, readCosts, sharedCostFields } from './read-costs.ts'
import { slotProblems } from './slot-problems.ts'
import { hintAtUtc } from './zone-hint.ts'

const MAX_ENTRIES = 1000
/** A record of the spool is at most 1 MiB. */
const MAX_EVENT_BYTES = 1_000_000
/** The tracker takes no more in one go. */
const MAX_TOTAL_BYTES = 15_000_000
const answers = z.object({
  success: z
    .literal(true)
    .describe(
      'The change is taken down for good, and reports asked from now on show it, however many clicks it is about. While storing is behind or the event store is down, they show it once that has caught up.',
    ),
})
/** Long ago, as examples are tried on installations that work. */
const PERIOD = { start_date: '2020-01-01', end_date: '2020-01-31' }
const EMPTY_PERIOD = 'Nothing was changed: end_date is before start_date.'

const idList = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',') : typeof value === 'number' ? [value] : value),
  z
    .array(integer(1), { error: 'must be a list of campaign ids' })
    .min(1, 'must name at least one campaign')
    .max(MAX_ENTRIES, `must name at most ${MAX_ENTRIES} campaigns`),
)
const bulk = z.object({
  campaign_ids: idList.describe('Campaigns whose clicks share each total: one pool, not one total for each of them.'),
  costs: z
    .preprocess(
      (value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? [value] : value),
      z
        .array(z.object({ ...costFields, ...sharedCostFields }).partial(), {
          error: 'must be a list of objects with start_date, end_date and cost',
        })
        .min(1, 'must hold at least one entry with start_date, end_date and cost')
        .max(MAX_ENTRIES, `must hold at most ${MAX_ENTRIES} entries`),
    )
    .describe(
      'One entry for each total. What an entry says of time zone, currency and uniqueness goes before the rest.',
    ),
  ...sharedCostFields,
})
/** Only the lists themselves are read by it; each entry is read with what stands beside the list. */
const bulkLists = z.object({
  campaign_ids: bulk.shape.campaign_ids,
  costs: z.preprocess(
    (value) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? [value] : value),
    z
      .array(z.record(z.string(), z.unknown(), { error: 'must be an object with start_date, end_date and cost' }), {
        error: 'must be a list of objects with start_date, end_date and cost',
      })
      .min(1, 'must hold at least one entry with start_date, end_date and cost')
      .max(MAX_ENTRIES, `must hold at most ${MAX_ENTRIES} entries`),
  ),
})
const cleanFields = z.object({
  start_date: costFields.start_date,
  end_date: costFields.end_date,
  timezone: timezoneField,
  campaign_id: z
    .preprocess((value) => (value === '' || value === 0 || value === '0' ? undefined : value), integer(1).optional())
    .describe('Only clicks of this campaign; without it, of every campaign that the user may change.'),
  dry_run: flag().default(false).describe('Tells how many clicks it would remove, and removes none.'),
})
const cleanAnswers = answers.extend({
  dry_run: z.literal(true).optional().describe('Nothing was changed.'),
  clicks: z.int().optional().describe('Clicks that would be removed, told by a dry run alone.'),
})

/** Changes of many clicks at once (reference admin-api §2.2, §2.12). */
export const clickSweepRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/campaigns/:id/update_costs',
    description: 'Spread a cost over the clicks of a campaign in a period; the same period again replaces it',
    access: entity('campaigns', 'write'),
    accepts: z.object({ ...costFields, ...sharedCostFields }),
    example: { ...PERIOD, cost: 25, timezone: 'Europe/Berlin' },
    answers,
    async handle(request, backend) {
      const id = idOf(request)
      if (!(await backend.configStore.get('campaigns', id))) return notFound('campaigns', id)
      const exchange = await backend.currencies.exchange()
      const read = readCosts(request.input, '', [id], backend.clock.nowMs(), exchange)
      return read.ok
        ? sweep(request, backend, [read.value])
        : fail(...(await slotProblems(read.problems, [id], backend.configStore)))
    },
  },
  {
    method: 'POST',
    path: '/clicks/update_costs',
    description: 'Spread costs over the clicks of campaigns, an entry for each period; the same again replaces them',
    access: section('write', 'clicks'),
    accepts: bulk,
    example: { campaign_ids: [1], timezone: 'Europe/Berlin', costs: [{ ...PERIOD, cost: 25 }] },
    answers,
    async handle(request, backend) {
      const { input } = request
      const lists = readInput(bulkLists, input)
      if (!lists.ok) return lists
      const { campaign_ids, costs } = lists.value
      const ids = [...new Set(campaign_ids)]
      const exchange = await backend.currencies.exchange()
      const events: (CostsEvent | null)[] = []
      const problems: Problem[] = []
      for (const [index, entry] of costs.entries()) {
        const own: Input = { ...pick(input, Object.keys(sharedCostFields)), ...entry }
        const read = readCosts(own, `costs.${index}.`, ids, backend.clock.nowMs(), exchange)
        if (read.ok) events.push(read.value)
        else problems.push(...read.problems)
      }
      if (problems.length > 0) return fail(...(await slotProblems(problems, ids, backend.configStore)))
      const done = await sweep(request, backend, events)
      if (!done.ok) return done
      const known = new Set((await backend.configStore.getMany('campaigns', ids)).map((campaign) => campaign.id))
      const unknown = ids.filter((id) => !known.has(id))
      if (unknown.length > 0)
        request.hint(`There is no campaign ${unknown.slice(0, 10).join(', ')}: check campaign_ids.`)
      return done
    },
  },
  {
    method: 'POST',
    path: '/clicks/clean',
    description: 'Remove the clicks of a period and their conversions for good',
    access: section('write', 'clicks'),
    accepts: cleanFields,
    example: { ...PERIOD, campaign_id: 1 },
    answers: cleanAnswers,
    async handle(request, backend) {
      const read = readInput(cleanFields, request.input)
      if (!read.ok) return read
      const { campaign_id, timezone, dry_run } = read.value
      const { fromMs, toMs, problems } = readPeriod(read.value, timezone ?? 'UTC')
      if (problems.length > 0) return fail(...problems)
      const campaignIds = campaign_id === undefined ? await ownCampaigns(request, backend) : [campaign_id]
      if (campaignIds?.length === 0)
        return fail(problem('forbidden', 'You have no permission to remove clicks of any campaign.'))
      if (campaign_id !== undefined && !(await backend.configStore.get('campaigns', campaign_id)))
        request.hint(`There is no campaign ${campaign_id}: check campaign_id.`)
      const segment = { campaignIds, fromMs, toMs }
      const event = toMs <= fromMs ? null : ({ kind: 'clean', atMs: backend.clock.nowMs(), segment } as const)
      return dry_run ? countOnly(event, backend) : sweep(request, backend, [event])
    },
  },
]

async function countOnly(event: CleanEvent | null, backend: Backend): Promise<Result<z.output<typeof cleanAnswers>>> {
  const selections = event ? [selectionOf(event)] : []
  const counted = await guardEvents(backend, () =>
    backend.eventStore.countEach({ selections, below: Number.MAX_SAFE_INTEGER }),
  )
  return counted.ok ? ok({ success: true, dry_run: true, clicks: counted.value[0]?.clicks ?? 0 }) : counted
}

/** Null: all there are and were. */
async function ownCampaigns({ actor }: ApiRequest, { configStore }: Backend): Promise<number[] | null> {
  if (actor.access.isAdministrator) return null
  return [...(await writableCampaigns(null, unrestricted(configStore), actor))]
}

async function sweep(
  request: ApiRequest,
  backend: Backend,
  entries: readonly (AdminEvent | null)[],
): Promise<Result<{ success: true }>> {
  const events = entries.flatMap((event) => event ?? [])
  if (events.length < entries.length) request.hint(EMPTY_PERIOD)
  if (events.length === 0) return ok({ success: true })
  if (events.some((event) => Buffer.byteLength(adminRecord(event)) > MAX_EVENT_BYTES))
    return fail(problem('too_large', 'The filters of an entry are too long: split them over several entries.'))
  const bytes = events.reduce((sum, event) => sum + Buffer.byteLength(adminRecord(event)), 0)
  if (bytes > MAX_TOTAL_BYTES)
    return fail(problem('too_large', 'These are too many entries for one request: split them over several.'))
  const hints = await emptySweepHints(entries, backend)
  const done = await commitEvents(request, backend, events, events.map(noteOf))
  if (!done.ok) return done
  await hintAtUtc(request, backend)
  for (const hint of hints) request.hint(hint)
  return ok({ success: true })
}

function noteOf(event: AdminEvent): AuditNote {
  if (!isSweep(event)) throw new Error(`${event.kind} is about one click`)
  const { campaignIds, fromMs, toMs, ...rest } = selectionOf(event)
  const { slots, costsMicros, onlyUniques, withBots } = rest
  const period = { campaign_ids: campaignIds ?? 'all', from: presentTime(fromMs), before: presentTime(toMs) }
  const after =
    event.kind === 'clean'
      ? { clean: period }
      : {
          cost: microsToNumber(event.costMicros, 6),
          ...(event.costCurrency === undefined ? {} : { currency: event.costCurrency }),
          ...period,
          filters: {
            ...slots,
            ...(costsMicros ? { cost: costsMicros.map((micros) => microsToNumber(micros, 6)) } : {}),
          },
          only_campaign_uniques: onlyUniques,
          skip_bots: !withBots,
        }
  const [only] = campaignIds?.length === 1 ? campaignIds : []
  return only === undefined
    ? { action: 'run', kind: 'clicks', entityId: 0, before: null, after }
    : { action: 'run', kind: 'campaigns', entityId: only, before: null, after }
}

const pick = (input: Input, names: readonly string[]): Input =>
  Object.fromEntries(Object.entries(input).filter(([name]) => names.includes(name)))
