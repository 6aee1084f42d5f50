import type { CampaignBundle } from '@trackyard/core/click/bundle.ts'
import { type CompiledCampaign, compileCampaign } from '@trackyard/core/click/compile.ts'
import { type Campaign, entities, type FieldsOf, type Stream } from '@trackyard/core/entities/index.ts'
import { parseChangedFields, parseNewFields } from '@trackyard/core/entities/parse.ts'
import { nearest } from '@trackyard/core/nearest.ts'
import { fail, ok, type Problem, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { ConfigReader } from '../../stores/config/port.ts'
import { unrestricted } from '../auth/reach.ts'
import { loadBundle } from '../bundles.ts'
import { streamReferenceProblems } from '../resources/streams.ts'

const OBJECT = 'must be an object'
const fields = z.record(z.string(), z.unknown(), { error: OBJECT })

/** Changes that are tried out and not saved. */
export const draftField = z
  .object(
    {
      campaign: fields
        .optional()
        .describe('Fields of the campaign that would change, e.g. {"type": "weight"}; the others stay.'),
      streams: z
        .array(fields, { error: 'must be a list of streams' })
        .max(500, 'must name at most 500 streams')
        .optional()
        .describe(
          'Streams that would change, each with its id and the fields that differ; without an id it is a new one. Streams that are not named stay as they are; {"id": 5, "state": "disabled"} takes one out.',
        ),
    },
    { error: 'must be an object such as {"streams": [{"id": 5, "weight": 20}]}' },
  )
  .describe('Changes to try out; nothing is saved.')
export type Draft = z.output<typeof draftField>

/** Names in a draft that nobody reads and that were probably meant to be others: a slip would show traffic as it is. */
export function draftDoubts(draft: unknown): string[] {
  if (!isObject(draft)) return []
  const streams = Array.isArray(draft.streams) ? draft.streams : []
  return [
    ...slips(draft, 'draft', Object.keys(draftField.shape)),
    ...slips(draft.campaign, 'draft.campaign', Object.keys(entities.campaigns.fields.shape)),
    ...streams.flatMap((stream, index) => slips(stream, `draft.streams.${index}`, STREAM_FIELDS)),
  ].slice(0, MAX_DOUBTS)
}
const STREAM_FIELDS = ['id', 'chance', ...Object.keys(entities.streams.fields.shape)]
const MAX_DOUBTS = 5

function slips(given: unknown, at: string, known: readonly string[]): string[] {
  if (!isObject(given)) return []
  return Object.keys(given).flatMap((name) => {
    const meant = known.includes(name) ? null : nearest(name.slice(0, 60), known)
    return meant === null ? [] : [`"${at}.${name.slice(0, 60)}" is not read; did you mean "${meant}"?`]
  })
}
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Streams that would be new are told about by ids from here on. */
export const FIRST_NEW_ID = 1_000_000_001

/** A campaign as it is saved and as it would be with a draft. */
export interface Drafted {
  readonly current: { readonly bundle: CampaignBundle; readonly compiled: CompiledCampaign }
  readonly draft: { readonly bundle: CampaignBundle; readonly compiled: CompiledCampaign }
}

/**
 * Compiles a campaign with a draft, which may name only what its user may see: answers tell where it leads. What the
 * campaign is made of already counts whether or not the user sees it, as it does for visitors.
 */
export async function compileDraft(
  campaign: Campaign,
  draft: Draft | undefined,
  reader: ConfigReader,
  nowMs: number,
): Promise<Result<Drafted>> {
  const whole = unrestricted(reader)
  const bundle = await loadBundle(whole, campaign)
  const compiled = compileCampaign(bundle)
  if (!compiled.ok) return compiled
  const current = { bundle, compiled: compiled.value }
  if (draft === undefined) return ok({ current, draft: current })
  const changed = await changedCampaign(campaign, draft.campaign ?? {}, reader)
  const streams = await changedStreams(bundle.streams, draft.streams ?? [], campaign.id, reader, nowMs)
  const problems = [changed, streams].flatMap((result) => (result.ok ? [] : result.problems))
  if (!changed.ok || !streams.ok) return fail(...problems)
  const draftBundle = await loadBundle(whole, changed.value, streams.value)
  const compiledDraft = compileCampaign(draftBundle)
  if (!compiledDraft.ok) return fail(...compiledDraft.problems.map((one) => atDraft(one, draftBundle, draft)))
  return ok({ current, draft: { bundle: draftBundle, compiled: compiledDraft.value } })
}

async function changedCampaign(
  campaign: Campaign,
  input: Readonly<Record<string, unknown>>,
  reader: ConfigReader,
): Promise<Result<Campaign>> {
  const parsed = parseChangedFields('campaigns', input)
  if (!parsed.ok) return under('draft.campaign', parsed.problems)
  const sourceId = parsed.value.traffic_source_id ?? null
  const isNew = sourceId !== null && sourceId !== campaign.traffic_source_id
  if (isNew && !(await reader.get('traffic_sources', sourceId)))
    return fail(problem('validation', `There is no traffic source ${sourceId}`, 'draft.campaign.traffic_source_id'))
  return ok({ ...campaign, ...parsed.value })
}

async function changedStreams(
  stored: readonly Stream[],
  inputs: readonly Readonly<Record<string, unknown>>[],
  campaignId: number,
  reader: ConfigReader,
  nowMs: number,
): Promise<Result<Stream[]>> {
  const streams = new Map(stored.map((stream) => [stream.id, stream]))
  const problems: Problem[] = []
  for (const [index, given] of inputs.entries()) {
    const at = `draft.streams.${index}`
    const input = { weight: given.chance, ...given, campaign_id: campaignId }
    const isNew = given.id === undefined || given.id === null
    const id = isNew ? FIRST_NEW_ID + index : Number(given.id)
    const current = streams.get(id) ?? null
    if (!isNew && current === null) {
      problems.push(
        problem(
          'validation',
          `Campaign ${campaignId} has no stream ${String(given.id)}: leave id out for a new one`,
          `${at}.id`,
        ),
      )
      continue
    }
    const parsed = readStream(input, current)
    if (!parsed.ok) {
      problems.push(...under(at, parsed.problems).problems)
      continue
    }
    // As a stream that is saved, a new one comes last.
    const position = parsed.value.position ?? Math.max(0, ...[...streams.values()].map((one) => one.position ?? 0)) + 1
    const stream = {
      ...parsed.value,
      position,
      id,
      created_at_ms: current?.created_at_ms ?? nowMs,
      updated_at_ms: nowMs,
    }
    problems.push(...under(at, await streamReferenceProblems(stream, current, reader)).problems)
    streams.set(id, stream)
  }
  return problems.length > 0 ? fail(...problems) : ok([...streams.values()])
}

function readStream(input: Readonly<Record<string, unknown>>, current: Stream | null): Result<FieldsOf<'streams'>> {
  if (current === null) return parseNewFields('streams', input)
  const parsed = parseChangedFields('streams', withoutUnset(input))
  return parsed.ok ? ok({ ...current, ...parsed.value }) : parsed
}

const withoutUnset = (input: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))

const under = (at: string, problems: readonly Problem[]) =>
  fail(
    ...problems.map(({ code, message, at: inner }) =>
      problem(code, message, inner === undefined ? at : `${at}.${inner}`),
    ),
  )

/** A problem found on compiling, told where the draft says it. */
function atDraft({ code, message, at = '' }: Problem, { streams }: CampaignBundle, draft: Draft): Problem {
  const [, place = '', rest = ''] = /^streams\.(\d+)\.?(.*)$/.exec(at) ?? []
  const id = streams[Number(place || -1)]?.id
  const index = (draft.streams ?? []).findIndex((stream, position) =>
    stream.id === undefined || stream.id === null ? FIRST_NEW_ID + position === id : Number(stream.id) === id,
  )
  if (index === -1) return problem(code, message, place === '' ? `draft.campaign` : `draft.streams`)
  return problem(code, message, `draft.streams.${index}${rest === '' ? '' : `.${rest}`}`)
}
