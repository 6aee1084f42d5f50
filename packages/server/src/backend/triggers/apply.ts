import type { EntityOf, FieldsOf } from '@trackyard/core/entities/index.ts'
import { readTrigger, type StreamTrigger } from '@trackyard/core/entities/trigger.ts'
import { ok } from '@trackyard/core/result.ts'
import type { TriggerAct, TriggerPlan } from '@trackyard/core/triggers/plan-trigger-run.ts'
import type { ConfigStore, ConfigWriter } from '../../stores/config/port.ts'
import { toFields } from '../resources/save.ts'

type Stream = EntityOf<'streams'>

/** Under what name triggers stand in the audit log. */
export const TRIGGER_ACTOR = 'trigger'

/**
 * Carries out what a trigger decided and notes its state, in one transaction. Nothing happens when somebody changed the trigger, or the stream
 * was archived, while the trigger looked: what it found is about something else then. Answers what was done.
 */
export async function applyPlan(
  streamId: number,
  trigger: StreamTrigger,
  seenStream: Stream,
  plan: TriggerPlan,
  store: ConfigStore,
  atMs: number,
): Promise<readonly TriggerAct[]> {
  const done = await store.change<readonly TriggerAct[]>({ actor: TRIGGER_ACTOR, atMs }, async (writer) => {
    const current = await writer.get('streams', streamId)
    if (!current || !isUnchanged(current, seenStream, trigger)) return ok([])
    const changed = await carryOut(current, trigger, plan.acts, writer)
    await writer.update('streams', streamId, withRun(changed, trigger, plan), { quietly: true })
    return ok(plan.acts)
  })
  return done.ok ? done.value : []
}

/** A state of another trigger may have been noted meanwhile; everything else must be as it was. */
function isUnchanged(current: Stream, seen: Stream, trigger: StreamTrigger): boolean {
  const isThere = current.triggers.some((row) => row.id === trigger.id && sameTrigger(row, trigger))
  return isThere && current.state === seen.state && current.updated_at_ms === seen.updated_at_ms
}

const sameTrigger = (a: unknown, b: StreamTrigger): boolean =>
  JSON.stringify({ ...readTrigger(a), run: null }) === JSON.stringify({ ...b, run: null })

async function carryOut(
  stream: Stream,
  trigger: StreamTrigger,
  acts: readonly TriggerAct[],
  writer: ConfigWriter,
): Promise<Stream> {
  let fields: FieldsOf<'streams'> = toFields<'streams'>(stream)
  for (const act of acts) {
    if (act.kind === 'replace' && act.target !== 0) await replaceMemberUrl(trigger, act.target, act.url, writer)
    else fields = withAct(fields, trigger, act)
  }
  const isChanged = JSON.stringify(fields) !== JSON.stringify(toFields<'streams'>(stream))
  return isChanged ? writer.update('streams', stream.id, fields) : stream
}

function withAct(fields: FieldsOf<'streams'>, trigger: StreamTrigger, act: TriggerAct): FieldsOf<'streams'> {
  if (act.kind === 'replace') return { ...fields, action_payload: act.url }
  const state = act.kind === 'disable' ? 'disabled' : 'active'
  if (act.target === 0) return { ...fields, state }
  return trigger.target === 'landings'
    ? { ...fields, landings: fields.landings.map((row) => (row.landing_id === act.target ? { ...row, state } : row)) }
    : { ...fields, offers: fields.offers.map((row) => (row.offer_id === act.target ? { ...row, state } : row)) }
}

/** A dead address is dead for every stream that uses it, so it is replaced at the landing page or offer. */
async function replaceMemberUrl(
  { target }: StreamTrigger,
  id: number,
  url: string,
  writer: ConfigWriter,
): Promise<void> {
  if (target === 'landings') {
    const page = await writer.get('landing_pages', id)
    if (page) await writer.update('landing_pages', id, { ...toFields<'landing_pages'>(page), action_payload: url })
  } else {
    const offer = await writer.get('offers', id)
    if (offer) await writer.update('offers', id, { ...toFields<'offers'>(offer), action_payload: url })
  }
}

const withRun = (stream: Stream, trigger: StreamTrigger, { state }: TriggerPlan): FieldsOf<'streams'> => ({
  ...toFields<'streams'>(stream),
  triggers: stream.triggers.map((row) =>
    row.id === trigger.id ? { ...row, run: { ...state, switchedOff: [...state.switchedOff] } } : row,
  ),
})
