import type { Stream } from '@trackyard/core/entities/index.ts'
import { readTrigger, type StreamTrigger } from '@trackyard/core/entities/trigger.ts'
import { NEW_TRIGGER, planTriggerRun, type TriggerState } from '@trackyard/core/triggers/plan-trigger-run.ts'
import type { Send } from '../../malware/ask.ts'
import { openMalwareCheck } from '../../malware/open.ts'
import { sendRequest } from '../../outgoing/send-request.ts'
import type { ConfigStore } from '../../stores/config/port.ts'
import { settingOf } from '../settings/setting-store.ts'
import { applyPlan } from './apply.ts'
import { type Eyes, observeTarget } from './observe.ts'
import { targetsOf } from './targets.ts'

const PAGE_TIMEOUT_MS = 10_000
const MAX_PAGE_BYTES = 1_048_576
/**
 * A trigger is due as soon as the run after this one would come later than it: the job runs every minute, give or take a
 * few seconds, and one that asks for every minute would else be passed over each second time.
 */
const EARLY_MS = 30_000
/** Streams looked at side by side: looking is mostly waiting. */
const AT_ONCE = 6
/** Other jobs want their turn, too; what is left over is due still and comes first in the next minute. */
const RUN_BUDGET_MS = 40_000

export interface TriggerDeps {
  readonly configStore: ConfigStore
  readonly settings: { readonly allowPrivateTargets: boolean }
  /** Told when something that visitors meet was changed. */
  readonly changed: () => void
  nowMs(): number
}

/** Runs the triggers that are due. Answers in words what they did. */
export async function runTriggers(deps: TriggerDeps, signal: AbortSignal): Promise<string[]> {
  const { configStore, nowMs } = deps
  const startMs = nowMs()
  const campaigns = new Set(
    (await configStore.list('campaigns')).filter(({ state }) => state === 'active').map(({ id }) => id),
  )
  const due = (await configStore.list('streams'))
    .filter((stream) => stream.triggers.length > 0 && campaigns.has(stream.campaign_id))
    .map((stream) => ({ stream, dueAtMs: firstDue(stream, startMs) }))
    .filter(({ dueAtMs }) => Number.isFinite(dueAtMs))
    .sort((a, b) => a.dueAtMs - b.dueAtMs)
  if (due.length === 0) return []
  const eyes = await openEyes(deps)
  const said: string[] = []
  const work = async (): Promise<void> => {
    for (let next = due.shift(); next !== undefined; next = due.shift()) {
      if (signal.aborted || nowMs() - startMs > RUN_BUDGET_MS) return
      said.push(...(await runStream(next.stream.id, eyes, deps, signal)))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return said
}

/** The triggers of one stream, one after another: each sees what the one before did. */
async function runStream(streamId: number, eyes: Eyes, deps: TriggerDeps, signal: AbortSignal): Promise<string[]> {
  const { configStore, nowMs } = deps
  const said: string[] = []
  for (const trigger of triggersOf(await configStore.get('streams', streamId))) {
    const stream = await configStore.get('streams', streamId)
    if (signal.aborted || !stream || !isDue(trigger, stream, nowMs())) continue
    const members = {
      landings: await configStore.getMany(
        'landing_pages',
        stream.landings.map((row) => row.landing_id),
      ),
      offers: await configStore.getMany(
        'offers',
        stream.offers.map((row) => row.offer_id),
      ),
    }
    const all = targetsOf(trigger, stream, members)
    const state = stillOff(trigger.run ?? NEW_TRIGGER, all)
    // What is off for other reasons is nobody's business; what this trigger switched off may be in order again.
    const wanted = all.filter(({ id, isOff }) => !isOff || (trigger.reverse && state.switchedOff.includes(id)))
    const targets = []
    for (const target of wanted) targets.push(await observeTarget(trigger, target, state, eyes))
    const plan = planTriggerRun(trigger, { atMs: nowMs(), targets }, state)
    const done = await applyPlan(streamId, trigger, stream, plan, configStore, nowMs())
    if (done.length === 0) continue
    deps.changed()
    said.push(`stream ${streamId}: ${plan.state.lastResult}`)
  }
  return said
}

const triggersOf = (stream: Stream | null): StreamTrigger[] =>
  (stream?.triggers ?? []).flatMap((row) => readTrigger(row) ?? [])

const firstDue = (stream: Stream, nowMs: number): number =>
  Math.min(
    Number.POSITIVE_INFINITY,
    ...triggersOf(stream).flatMap((trigger) => (isDue(trigger, stream, nowMs) ? [trigger.run?.nextRunAtMs ?? 0] : [])),
  )

function isDue(trigger: StreamTrigger, stream: Stream, nowMs: number): boolean {
  const run = trigger.run ?? NEW_TRIGGER
  if (!trigger.enabled || trigger.id === undefined || run.nextRunAtMs > nowMs + EARLY_MS) return false
  return stream.state === 'active' || (stream.state === 'disabled' && trigger.reverse && run.switchedOff.includes(0))
}

/** Somebody may have switched on again what the trigger switched off. */
const stillOff = (
  state: TriggerState,
  targets: readonly { readonly id: number; readonly isOff: boolean }[],
): TriggerState => ({
  ...state,
  switchedOff: state.switchedOff.filter((id) => targets.some((target) => target.id === id && target.isOff)),
})

async function openEyes({ configStore, settings }: TriggerDeps): Promise<Eyes> {
  const limits = {
    allowPrivateTargets: settings.allowPrivateTargets,
    timeoutMs: PAGE_TIMEOUT_MS,
    maxBodyBytes: MAX_PAGE_BYTES,
  }
  const send: Send = (request) => sendRequest(request, limits)
  const malware = openMalwareCheck(
    {
      key: await settingOf(configStore, 'safe_browsing_key'),
      url: await settingOf(configStore, 'safe_browsing_url'),
      protocol: await settingOf(configStore, 'safe_browsing_protocol'),
    },
    send,
  )
  return { send, malware }
}
