import type { LocalFiles } from '../entities/local-files.ts'
import type { MacroTarget } from '../macros/index.ts'
import { quoted } from '../plain-words.ts'
import { fail, ok, problem, type Result } from '../result.ts'
import type { ActionDef, ActionOptions, CompiledAction } from './action.ts'
import { blankReferrer } from './blank-referrer.ts'
import { buildHtml } from './build-html.ts'
import { campaign } from './campaign.ts'
import { curl } from './curl.ts'
import { doNothing } from './do-nothing.ts'
import { doubleMeta } from './double-meta.ts'
import { formsubmit } from './formsubmit.ts'
import { frame } from './frame.ts'
import { http } from './http.ts'
import { iframe } from './iframe.ts'
import { js } from './js.ts'
import { jsForIframe } from './js-for-iframe.ts'
import { jsForScript } from './js-for-script.ts'
import { localFile } from './local-file.ts'
import { meta } from './meta.ts'
import { remote } from './remote.ts'
import { showHtml } from './show-html.ts'
import { showText } from './show-text.ts'
import { status404 } from './status404.ts'
import { subId } from './sub-id.ts'

/** Every action by the key it has in the API. Validation, docs and forms read this list. */
export const actions = {
  http,
  meta,
  double_meta: doubleMeta,
  js,
  blank_referrer: blankReferrer,
  formsubmit,
  iframe,
  frame,
  curl,
  remote,
  js_for_script: jsForScript,
  js_for_iframe: jsForIframe,
  local_file: localFile,
  show_html: showHtml,
  show_text: showText,
  status404,
  do_nothing: doNothing,
  campaign,
  build_html: buildHtml,
  sub_id: subId,
} as const satisfies Record<string, ActionDef>
export type ActionKey = keyof typeof actions

const byKey: ReadonlyMap<string, ActionDef> = new Map(Object.entries(actions))

/** What streams, landing pages and offers say about their action. */
export interface ActionFields {
  readonly action_type: string
  readonly action_payload: unknown
  readonly action_options: ActionOptions
  readonly files?: LocalFiles | null
}

/**
 * Compiles the action of a stream, landing page or offer. Problems are at `action_type`, `action_payload` or the field
 * that the action names, after `at` and a dot when it is given.
 */
export function compileAction(fields: ActionFields, at = ''): Result<CompiledAction> {
  const path = (field: string): string => (at === '' ? field : `${at}.${field}`)
  const key = fields.action_type
  const def = byKey.get(key)
  if (def === undefined) {
    const message = `There is no action ${quoted(key)}: use one of ${Object.keys(actions).join(', ')}`
    return fail(problem('validation', message, path('action_type')))
  }
  const run = def.compile(payloadText(fields.action_payload), fields.action_options, fields.files ?? null)
  if (run.ok)
    return ok({ key, type: def.type, leaves: def.type === 'redirect' && def.staysHere !== true, run: run.value })
  return fail(
    ...run.problems.map(({ code, message, at: field = 'action_payload' }) =>
      problem(code, `Action ${key} ${message}`, path(field)),
    ),
  )
}

/**
 * What is probably not meant about an action that can be carried out: options that do nothing, and what its entry says.
 * Sentences that name the cure.
 */
export function actionDoubts({
  action_type: key,
  action_payload: payload,
  action_options: options,
}: ActionFields): string[] {
  const def = byKey.get(key)
  if (def === undefined) return []
  const known = Object.keys(def.options?.shape ?? {})
  const idle = Object.keys(options ?? {}).filter((name) => !known.includes(name))
  const doubts = def.doubt === undefined ? [] : [`Action ${key} ${def.doubt}.`]
  if ((def.field === 'html' || def.field === 'text') && isEmptyPayload(payload))
    doubts.push(`Action ${key} has nothing to show, so visitors see an empty page: write it into action_payload.`)
  if (idle.length === 0) return doubts
  const named = idle.slice(0, MAX_NAMED).map(quoted).join(', ')
  const more = idle.length > MAX_NAMED ? ` and ${idle.length - MAX_NAMED} more` : ''
  const has = known.length === 0 ? 'it has no options' : `it has ${known.join(', ')}`
  return [
    ...doubts,
    `Action ${key} does nothing with ${named}${more} in action_options: ${has}. Take out what does nothing.`,
  ]
}
const MAX_NAMED = 4

/** Whether there is an action of this key. */
export const isAction = (key: string): boolean => byKey.has(key)

/** Whether the action sends visitors to a URL. */
export const takesUrl = (key: string): boolean => byKey.get(key)?.field === 'url'

/** What kind of text the payload of an action is, which says how its macros print. */
export function payloadTarget(key: string): MacroTarget {
  const field = byKey.get(key)?.field
  return field === 'url' || field === 'html' ? field : 'text'
}

/** Nothing was written for the action to work with. */
export const isEmptyPayload = (payload: unknown): boolean => payloadText(payload).trim() === ''

/** Some clients wrap the one value in an object: `{"url": "https://…"}`, `{"campaign_id": 5}`. */
export function payloadText(payload: unknown): string {
  if (typeof payload === 'string') return payload
  if (typeof payload === 'number') return String(payload)
  if (typeof payload !== 'object' || payload === null) return ''
  const [only, ...rest] = Object.values(payload)
  return rest.length === 0 && typeof only !== 'object' ? payloadText(only) : ''
}
