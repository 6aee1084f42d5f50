import { count, flag } from '@trackyard/core/entities/fields.ts'
import { type Micros, microsToNumber, parseMoney } from '@trackyard/core/money.ts'
import type { Occasion } from '@trackyard/core/postbacks/outgoing-postbacks.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { section } from '../auth/access.ts'
import { authorOf } from '../auth/actor.ts'
import { writableCampaigns } from '../auth/event-reach.ts'
import { unrestricted } from '../auth/reach.ts'
import type { Backend } from '../context.ts'
import { writeOccasion } from '../delivery/occasion.ts'
import type { NewJob } from '../delivery/queue.ts'
import { readInput, readQuery } from '../http/read-input.ts'
import { askEvents, guardEvents } from '../reports/ask-events.ts'
import type { ApiRequest, Route } from '../route.ts'
import { textOf } from '../users/user-fields.ts'
import {
  both,
  type Conditions,
  OUTCOMES,
  readFilters,
  sentPostbackFilters,
  visibleTo,
  whereOf,
} from './sent-postback-filter.ts'
import { outcomesIn } from './sent-postbacks.ts'

const DEFAULT_LIMIT = 1000
const MAX_LIMIT = 10_000
/** Messages that did not arrive and are not tried any more. */
const LOST = ['failed', 'gone', 'refused', 'skipped']
const MAX_TOLD = 100
const CLICKS_AT_ONCE = 1000

const accepts = z.object({
  ids: z
    .union([z.string(), z.array(z.string())])
    .nullish()
    .describe('Ids of entries of the log, or of messages: these are sent again, whatever came of them.'),
  ...sentPostbackFilters.shape,
  outcome: z
    .union([z.string(), z.array(z.string())])
    .nullish()
    .describe(
      `Messages whose last attempt came to this, one or several of ${OUTCOMES.join(', ')}; without it and without ids those that did not arrive: ${LOST.join(', ')}.`,
    ),
  limit: count({ min: 1 }).describe(
    `Most messages to send again, the oldest first; ${DEFAULT_LIMIT} unless given, at most ${MAX_LIMIT}.`,
  ),
  dry_run: flag().default(false).describe('Tells which messages it would send again, and sends none.'),
})
const dryRun = accepts.pick({ dry_run: true })
const many = accepts.pick({ limit: true })

const answers = z.object({
  replayed: z.int().describe('Messages that are sent again now.'),
  not_replayed: z
    .array(
      z.object({
        message_id: z.string().describe('Id of the message.'),
        reason: z.string().describe('Why it is not sent again.'),
      }),
    )
    .describe(`Messages that cannot be sent again, at most ${MAX_TOLD} of them.`),
  dry_run: z.literal(true).optional().describe('Nothing was sent.'),
  would_replay: z.int().optional().describe('Messages that would be sent again, told by a dry run alone.'),
  messages: z
    .array(
      z.object({
        message_id: z.string().describe('Id of the message.'),
        postback: z.string().describe('Key of the postback that would send it.'),
        sub_id: z.string().describe('Click.'),
        conversion_id: z.string().describe('Conversion.'),
        status: z.string().describe('Status that would be told.'),
        tid: z.string().describe('Transaction id that would be told.'),
        revenue: z.number().describe('Money that would be told.'),
      }),
    )
    .optional()
    .describe(`What would be sent, the oldest first, at most ${MAX_TOLD} of them, told by a dry run alone.`),
})

/** A message of the log as it was told. */
interface Message {
  readonly id: string
  readonly lane: string
  readonly subId: string
  readonly conversionId: string
  readonly conversion: {
    readonly status: string
    readonly original_status: string
    readonly tid: string
    readonly revenue: Micros
  }
}

const inDryRun = ({ id, lane, subId, conversionId, conversion: { status, tid, revenue } }: Message) => ({
  ...{ message_id: id, postback: lane, sub_id: subId, conversion_id: conversionId },
  ...{ status, tid, revenue: microsToNumber(revenue, 6) },
})

export const replayRoute: Route = {
  method: 'POST',
  path: '/logs/replay_sent_postbacks',
  description:
    'Send postbacks again, one or all that match: the click as it is now, the conversion as it was told, by the postback as it is configured now. A message keeps its id, so a receiver that knows it counts it once; one that waits for another try is tried now',
  access: section('write', 'conversions'),
  accepts,
  answers,
  async handle(request, backend) {
    const read = readInput(dryRun, request.input)
    if (!read.ok) return read
    const messages = await findMessages(request, backend)
    if (!messages.ok) return messages
    const jobs: NewJob[] = []
    const sendable: Message[] = []
    const lost: { message_id: string; reason: string }[] = []
    for (let from = 0; from < messages.value.length; from += CLICKS_AT_ONCE) {
      const some = messages.value.slice(from, from + CLICKS_AT_ONCE)
      const occasions = await occasionsOf(some, backend)
      if (!occasions.ok) return occasions
      for (const [message, occasion] of occasions.value) {
        const { id, lane, subId } = message
        if (occasion) {
          sendable.push(message)
          jobs.push({ id, lane, subId, occasion: writeOccasion(occasion) })
        } else lost.push({ message_id: id, reason: 'its click or its conversion is there no more' })
      }
    }
    if (messages.value.length === 0)
      request.hint(
        'Nothing in the log matches, so nothing was sent again. What waits for another try has the outcome retrying.',
      )
    const not_replayed = lost.slice(0, MAX_TOLD)
    if (read.value.dry_run) {
      const told = sendable.slice(0, MAX_TOLD).map(inDryRun)
      return ok({ dry_run: true, replayed: 0, would_replay: jobs.length, messages: told, not_replayed })
    }
    backend.delivery.repeat(jobs)
    await note(request, jobs.length, backend)
    return ok({ replayed: jobs.length, not_replayed })
  },
}

async function findMessages(request: ApiRequest, backend: Backend): Promise<Result<readonly Message[]>> {
  const { input, actor } = request
  const wanted = readWanted(input)
  if (!wanted.ok) return wanted
  const writable = actor.access.isAdministrator
    ? null
    : await writableCampaigns(null, unrestricted(backend.configStore), actor)
  if (writable?.size === 0)
    return fail(problem('forbidden', 'You have no permission to change conversions of any campaign.'))
  const visible = await visibleTo(request, backend, writable)
  if (!visible.ok) return visible
  const conditions = both(wanted.value.conditions, visible.value)
  const { outcomes, limit } = wanted.value
  // The last attempt of all, not of those that match: what arrived since then is not sent again.
  const sql = `
SELECT message_id, argMax(outcome, (datetime, attempt)) AS last, any(postback) AS lane, any(sub_id) AS click,
  any(conversion_id) AS conversion, any(status) AS told, any(original_status) AS original, any(tid) AS transaction,
  toString(any(revenue)) AS amount
FROM sent_postbacks FINAL
WHERE message_id IN (SELECT message_id FROM sent_postbacks ${whereOf(conditions)})
GROUP BY message_id
${outcomes.length === 0 ? '' : 'HAVING last IN {outcomes:Array(String)}'}
ORDER BY min(datetime), message_id
LIMIT {limit:UInt32}`
  const params = { ...conditions.params, ...(outcomes.length === 0 ? {} : { outcomes }), limit }
  const answer = await askEvents(backend, { sql, params })
  return answer.ok ? ok(answer.value.rows.map(toMessage)) : answer
}

/** Nothing at all would mean everything that ever failed, which nobody means by an empty body. */
function readWanted(
  input: ApiRequest['input'],
): Result<{ conditions: Conditions; outcomes: readonly string[]; limit: number }> {
  const filters = readFilters(input)
  if (!filters.ok) return filters
  const outcomes = outcomesIn(input)
  if (!outcomes.ok) return outcomes
  const ids = idsIn(input.ids)
  if (ids === null) return fail(problem('bad_request', 'ids: must be ids of entries or messages, such as msg_…', 'ids'))
  const asked = readQuery(many, input)
  if (!asked.ok) return asked
  const limit = Math.min(asked.value.limit ?? DEFAULT_LIMIT, MAX_LIMIT)
  if (ids.length === 0 && outcomes.value.length === 0 && filters.value.sql.length === 0)
    return fail(
      problem('bad_request', 'Say which postbacks are to be sent again: ids, or filters such as outcome=failed.'),
    )
  if (ids.length === 0)
    return ok({ conditions: filters.value, outcomes: outcomes.value.length > 0 ? outcomes.value : LOST, limit })
  const named = { sql: ['message_id IN {messages:Array(String)}'], params: { messages: ids } }
  return ok({ conditions: both(filters.value, named), outcomes: outcomes.value, limit })
}

/** Ids of messages, alone or inside ids of entries; null when something else is among them. */
function idsIn(given: unknown): string[] | null {
  const texts = Array.isArray(given) ? given.map(textOf) : textOf(given).split(',')
  const filled = texts.map((text) => text.trim()).filter((text) => text !== '')
  const ids = filled.map(
    (text) => /^(?:sent_postbacks-\d{1,15}-)?(msg_[\w-]{27})(?:-\d{1,5})?$/.exec(text)?.[1] ?? null,
  )
  const known = ids.filter((id) => id !== null)
  return known.length === ids.length && known.length <= MAX_LIMIT ? [...new Set(known)] : null
}

function toMessage(row: Readonly<Record<string, unknown>>): Message {
  const text = (name: string): string => String(row[name] ?? '')
  return {
    id: text('message_id'),
    lane: text('lane'),
    subId: text('click'),
    conversionId: text('conversion'),
    conversion: {
      status: text('told'),
      original_status: text('original'),
      tid: text('transaction'),
      revenue: parseMoney(text('amount')) ?? 0,
    },
  }
}

async function occasionsOf(
  messages: readonly Message[],
  { eventStore, ...backend }: Backend,
): Promise<Result<readonly (readonly [Message, Occasion | null])[]>> {
  const subIds = [...new Set(messages.map(({ subId }) => subId))]
  const found = await guardEvents({ eventStore, ...backend }, async () => ({
    clicks: await eventStore.loadStates(subIds),
    conversions: await eventStore.loadConversions(subIds),
  }))
  if (!found.ok) return found
  const { clicks, conversions } = found.value
  return ok(
    messages.map((message) => {
      const click = clicks.get(message.subId)?.row
      const now = conversions.get(message.subId)?.find(({ row }) => row.conversion_id === message.conversionId)?.row
      return [message, click && now ? { click, conversion: asTold(now, message.conversion) } : null] as const
    }),
  )
}

/** The conversion with what was told of it; what its money was before it was converted goes with the money. */
function asTold(now: Occasion['conversion'], told: Message['conversion']): Occasion['conversion'] {
  if (Number(now.revenue ?? 0) === told.revenue) return { ...now, ...told }
  const { revenue_original: _o, revenue_currency: _c, revenue_rate: _r, ...rest } = now
  return { ...rest, ...told }
}

/** Who let what out again is told in the audit log. */
async function note({ actor }: ApiRequest, messages: number, { configStore, clock }: Backend): Promise<void> {
  if (messages === 0) return
  await configStore.change({ ...authorOf(actor), atMs: clock.nowMs() }, async (writer) => {
    await writer.note({
      action: 'run',
      kind: 'logs',
      entityId: 0,
      before: null,
      after: { replay: 'sent_postbacks', messages },
    })
    return ok(undefined)
  })
}
