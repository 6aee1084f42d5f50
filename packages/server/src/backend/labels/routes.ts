import { SUB_ID_SLOTS } from '@trackyard/core/click/click.ts'
import { integer } from '@trackyard/core/entities/fields.ts'
import { LABELLED, LABELS, type LabelName } from '@trackyard/core/report/labels.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { section } from '../auth/access.ts'
import { readInput } from '../http/read-input.ts'
import { inChange, notFound } from '../resources/save.ts'
import type { Route } from '../route.ts'

const MAX_ITEMS = 10_000
const MAX_VALUE_CHARS = 1000

const campaign_id = integer(1).describe('Id of the campaign: the same value may be good in one and bad in another.')
const ref_name = z
  .string({ error: `must be one of ${LABELLED.slice(0, 5).join(', ')}, sub_id_1 to sub_id_${SUB_ID_SLOTS.length}` })
  .refine((name) => LABELLED.includes(name), {
    error: `must be one of ${LABELLED.slice(0, 5).join(', ')}, sub_id_1 to sub_id_${SUB_ID_SLOTS.length}`,
  })
  .describe('Parameter whose values are labelled: ip, source, ad_campaign_id, creative_id, keyword or a sub id.')

const query = z.object({
  campaign_id,
  ref_name,
  label_name: z
    .preprocess(
      (value) => value || null,
      z.enum(LABELS, { error: 'must be whitelist or blacklist' }).nullable().default(null),
    )
    .describe('Only values with this label; without it, both lists.'),
})

/** Whoever leaves one out is answered 400 (reference admin-api §2.15). */
const NEEDED = ['campaign_id', 'ref_name'] as const

const change = z.object({
  campaign_id,
  ref_name,
  items: z
    .preprocess(
      (value) => (Array.isArray(value) && value.length === 0 ? {} : value),
      z.record(z.string(), z.unknown(), {
        error: 'must be an object such as {"site.example": "blacklist"}',
      }),
    )
    .describe('Labels by value: whitelist or blacklist, empty or null removes the label. Other values keep theirs.'),
})

const listRoute: Route = {
  method: 'GET',
  path: '/report/labels',
  description: 'White and black list of a campaign: labels by value of one parameter',
  access: section('read', 'labels'),
  accepts: query,
  answers: z
    .record(z.string(), z.enum(LABELS))
    .describe('Labels by value. The report operator HAS_LABEL compares with them.'),
  async handle({ input }, { configStore }) {
    const missing = NEEDED.filter((name) => (input[name] ?? '') === '')
    if (missing.length > 0)
      return fail(problem('bad_request', `Name ${missing.join(' and ')}, as in ?campaign_id=1&ref_name=source.`))
    const read = readInput(query, input)
    if (!read.ok) return read
    const { campaign_id: campaignId, ref_name: refName, label_name: label } = read.value
    // Archived campaigns keep their lists for later.
    if (!(await configStore.get('campaigns', campaignId))) return notFound('campaigns', campaignId)
    return ok(
      Object.fromEntries(await configStore.listLabels({ campaignId, refName, ...(label === null ? {} : { label }) })),
    )
  },
}

const changeRoute: Route = {
  method: 'POST',
  path: '/report/labels',
  description: 'Put values of one parameter of a campaign on its white or black list, or take them off',
  access: section('write', 'labels'),
  accepts: change,
  answers: z.object({ success: z.literal(true).describe('The labels are set.') }),
  async handle(request, backend) {
    const read = readInput(change, request.input)
    const items = read.ok ? readItems(read.value.items) : read
    if (!read.ok || !items.ok) return read.ok ? items : read
    const { campaign_id: id, ref_name: refName } = read.value
    if (items.value.size === 0) request.hint('items: empty, so nothing was changed.')
    return inChange(backend, request, async ({ writer }) => {
      if (!(await writer.get('campaigns', id))) return notFound('campaigns', id)
      await writer.setLabels(id, refName, items.value)
      return ok({ success: true })
    })
  },
}

/** A label by value; clients also write the label one level deeper, as `{"site": {"site": "blacklist"}}`. */
function readItems(given: Readonly<Record<string, unknown>>): Result<ReadonlyMap<string, LabelName | null>> {
  const entries = Object.entries(given)
  if (entries.length > MAX_ITEMS)
    return fail(
      problem('validation', `must be at most ${MAX_ITEMS} values in one request: send the rest in another`, 'items'),
    )
  const items = new Map<string, LabelName | null>()
  const problems: ReturnType<typeof problem>[] = []
  for (const [value, written] of entries) {
    const inner: unknown =
      typeof written === 'object' && written !== null && !Array.isArray(written)
        ? Object.entries(written).find(([key]) => key === value || key === 'label')?.[1]
        : written
    const label = LABELS.find((name) => name === inner)
    const isRemoved = (inner === '' || inner === null) && !Array.isArray(written)
    const at = `items.${value.slice(0, 50)}`
    if (value.length > MAX_VALUE_CHARS)
      problems.push(problem('validation', `must be values of at most ${MAX_VALUE_CHARS} characters`, at))
    else if (label === undefined && !isRemoved)
      problems.push(problem('validation', 'must be whitelist, blacklist, or empty to remove the label', at))
    else items.set(value, label ?? null)
  }
  return problems.length > 0 ? fail(...problems.slice(0, 20)) : ok(items)
}

export const labelRoutes: readonly Route[] = [listRoute, changeRoute]
