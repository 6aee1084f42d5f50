import type { StreamTrigger } from '../entities/trigger.ts'
import { becauseOf, holds, type PageCheck } from './conditions.ts'

/** Something a trigger looks at: the stream itself (0), or a landing page or offer by its id. */
export type TargetId = number

/** What a trigger remembers between its runs. */
export interface TriggerState {
  /** UTC epoch milliseconds; 0 before the first run. */
  readonly lastRunAtMs: number
  readonly nextRunAtMs: number
  /** What the last run found and did, in words. */
  readonly lastResult: string
  /** Place in `alternative_urls` of the one that is tried first. */
  readonly nextAlternative: number
  /** What it switched off itself and nobody has touched since. */
  readonly switchedOff: readonly TargetId[]
}

export const NEW_TRIGGER: TriggerState = {
  lastRunAtMs: 0,
  nextRunAtMs: 0,
  lastResult: '',
  nextAlternative: 0,
  switchedOff: [],
}

/** A URL that could take the place of another. */
export interface Candidate {
  readonly url: string
  /** Place in `alternative_urls`; null when it was grabbed from a page. */
  readonly place: number | null
  /** Null when nobody looked: with condition `always` nothing is asked of it. */
  readonly check: PageCheck | null
}

export interface TargetObservation {
  readonly id: TargetId
  /** In words: `landing page 7`. */
  readonly label: string
  readonly check: PageCheck
  /** In the order in which they are to be tried; those after the first that passes need not be there. */
  readonly candidates: readonly Candidate[]
  /** Why there are none, when the page that names the URL could not be read. */
  readonly candidateProblem: string | null
}

export interface TriggerObservation {
  readonly atMs: number
  readonly targets: readonly TargetObservation[]
}

export type TriggerAct =
  | { readonly kind: 'disable' | 'enable'; readonly target: TargetId; readonly because: string }
  | { readonly kind: 'replace'; readonly target: TargetId; readonly url: string; readonly because: string }

export interface TriggerPlan {
  readonly acts: readonly TriggerAct[]
  /** Once every act is carried out. */
  readonly state: TriggerState
}

/**
 * What a trigger does about what was found. Pure. A page of which nothing is known is left alone. A page that is on a malware
 * list never goes on taking visitors: when no alternative passes the same check, it is switched off.
 */
export function planTriggerRun(
  trigger: StreamTrigger,
  observation: TriggerObservation,
  state: TriggerState,
): TriggerPlan {
  const { atMs, targets } = observation
  const acts: TriggerAct[] = []
  const notes: string[] = []
  const off = new Set(state.switchedOff)
  let { nextAlternative } = state
  for (const target of targets) {
    const isSo = holds(trigger.condition, target.check, trigger.pattern)
    if (isSo === null) {
      notes.push(
        `${target.label}: ${target.check.url} was not checked: ${target.check.refusal ?? 'malware lists gave no answer'}`,
      )
      continue
    }
    if (!isSo) {
      if (off.delete(target.id) && trigger.reverse)
        acts.push({
          kind: 'enable',
          target: target.id,
          because: `${target.label}: ${target.check.url} is in order again`,
        })
      continue
    }
    // It is off already, by this trigger.
    if (off.has(target.id)) continue
    const because = `${target.label}: ${becauseOf(trigger.condition, target.check, trigger.pattern)}`
    const candidate = trigger.action === 'disable' ? null : firstThatPasses(trigger, target)
    if (candidate) {
      acts.push({ kind: 'replace', target: target.id, url: candidate.url, because })
      if (candidate.place !== null) nextAlternative = candidate.place + 1
    } else if (trigger.action === 'disable' || trigger.condition === 'av_detected') {
      acts.push({ kind: 'disable', target: target.id, because })
      off.add(target.id)
    } else {
      notes.push(`${because}; ${target.candidateProblem ?? 'no alternative passes the check'}, so nothing was changed`)
    }
  }
  const said = [...acts.map(toWords), ...notes]
  return {
    acts,
    state: {
      lastRunAtMs: atMs,
      nextRunAtMs: atMs + trigger.interval * 60_000,
      lastResult:
        said.join('; ').slice(0, MAX_RESULT) || (targets.length === 0 ? 'nothing to check' : 'everything in order'),
      nextAlternative,
      switchedOff: trigger.reverse ? [...off] : [],
    },
  }
}

/** Whether a candidate may take over: the condition is not so for it. */
export const passes = (trigger: StreamTrigger, { check }: Candidate): boolean =>
  trigger.condition === 'always' || (check !== null && holds(trigger.condition, check, trigger.pattern) === false)

const firstThatPasses = (trigger: StreamTrigger, target: TargetObservation): Candidate | null =>
  target.candidates.find((candidate) => passes(trigger, candidate)) ?? null

const toWords = (act: TriggerAct): string =>
  act.kind === 'replace' ? `${act.because}; the URL is ${act.url} now` : `${act.because}; ${act.kind}d`

const MAX_RESULT = 1000
