/** What a look at one page found. */
export interface PageCheck {
  readonly url: string
  /** Null when there was no answer, or when nobody asked. */
  readonly status: number | null
  readonly body: string
  /** Why no answer came, in words; null when one came or nobody asked. */
  readonly error: string | null
  /** Set when we must not or cannot ask, so that nothing is known of the page. */
  readonly refusal: string | null
  /** What malware lists say of the page; null when nobody could tell. Empty: nothing. */
  readonly threats: readonly string[] | null
}

interface ConditionDef {
  readonly label: string
  readonly help: string
  /** What has to be known: the page itself, or what malware lists say of it. */
  readonly needs: 'page' | 'threats' | 'nothing'
  readonly needsPattern: boolean
  /** Whether it is so; null when the check cannot tell, and then nothing is done. */
  holds(check: PageCheck, pattern: string): boolean | null
  /** What was found when it is so, in words that follow the URL. */
  because(check: PageCheck, pattern: string): string
}

const isAnswer = ({ status }: PageCheck): boolean => status !== null && status < 400
const answerOf = ({ status, error }: PageCheck): string =>
  status === null ? `gave no answer: ${error}` : `answered ${status}`

/** When a trigger acts, by the key it has in the API (reference click-processing §7). */
export const conditions = {
  not_respond: {
    label: 'Page does not respond',
    help: 'The page answers with status 400 or above, or not at all.',
    needs: 'page',
    needsPattern: false,
    holds: (check) => !isAnswer(check),
    because: answerOf,
  },
  not_contains: {
    label: 'Page does not contain',
    help: 'The text of pattern is not in the page, of which the first 1 MB is read, or the page does not answer.',
    needs: 'page',
    needsPattern: true,
    holds: (check, pattern) => !isAnswer(check) || !check.body.includes(pattern),
    because: (check, pattern) => (isAnswer(check) ? `does not contain "${pattern}"` : answerOf(check)),
  },
  contains: {
    label: 'Page contains',
    help: 'The text of pattern is in the first 1 MB of the page.',
    needs: 'page',
    needsPattern: true,
    holds: (check, pattern) => isAnswer(check) && check.body.includes(pattern),
    because: (_, pattern) => `contains "${pattern}"`,
  },
  av_detected: {
    label: 'Malware detected',
    help: 'A malware list names the page. Such a page gets no visitors: an alternative must pass the same check, else the action is disable.',
    needs: 'threats',
    needsPattern: false,
    holds: ({ threats }) => (threats === null ? null : threats.length > 0),
    because: ({ threats }) => `is on a malware list (${(threats ?? []).join(', ')})`,
  },
  always: {
    label: 'Always',
    help: 'Every time, whatever the page is like: for URLs that change by schedule.',
    needs: 'nothing',
    needsPattern: false,
    holds: () => true,
    because: () => 'is due for a change',
  },
} as const satisfies Record<string, ConditionDef>

export type TriggerCondition = keyof typeof conditions
export const TRIGGER_CONDITIONS = Object.keys(conditions) as readonly TriggerCondition[]

/** Whether the condition is so for a page; null when nothing is known of it. */
export function holds(condition: TriggerCondition, check: PageCheck, pattern: string): boolean | null {
  const def: ConditionDef = conditions[condition]
  return check.refusal !== null && def.needs !== 'nothing' ? null : def.holds(check, pattern)
}

export const becauseOf = (condition: TriggerCondition, check: PageCheck, pattern: string): string => {
  const def: ConditionDef = conditions[condition]
  return `${check.url} ${def.because(check, pattern)}`
}
