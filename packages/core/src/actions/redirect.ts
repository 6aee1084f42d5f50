import { toHeaderUrl } from '../macros/escape.ts'
import type { MacroContext } from '../macros/macro.ts'
import { ok, type Result } from '../result.ts'
import {
  type ActionDef,
  type ActionOptions,
  defineAction,
  type FinalReply,
  type Reply,
  type RunAction,
} from './action.ts'
import { compileDestination, isWebUrl, withQuery } from './destination.ts'
import { HTML, NO_STORE } from './html.ts'

/** Status, headers and body that send a visitor on. */
export interface RedirectParts {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

type About = Pick<ActionDef, 'label' | 'help' | 'options' | 'doubt'>

interface RedirectDef extends About {
  readonly answer: (url: string, context: MacroContext) => RedirectParts
  /** What shows the URL inside a page of ours is no redirect to those who would carry one out in their own way. */
  readonly kind?: 'redirect' | 'page'
  /**
   * Key of the gateway page a script of another page has to take, because the way of going there matters and that page
   * would go in its own.
   */
  readonly gateway?: string
}

/** What redirects have in common: a URL with macros, checked when saved and again when expanded. */
export const redirectAction = ({ answer, kind = 'redirect', gateway, ...about }: RedirectDef): ActionDef =>
  urlAction(about, () =>
    ok((destination, appendQuery, context): Reply => {
      const url = appendQuery === '' ? destination : withQuery(destination, toHeaderUrl(appendQuery))
      const parts = answer(url, context)
      if (kind === 'page') return { kind, ...parts, destination }
      const isScripted = gateway !== undefined && context.embedding === 'script'
      return { kind, ...parts, destination, url: isScripted ? (context.gatewayUrl?.(url, gateway) ?? url) : url }
    }),
  )

type RunWithUrl = (destination: string, appendQuery: string, context: MacroContext) => Reply

/** An action whose payload is a URL. `prepare` reads the options once; what it makes gets the URL expanded and checked. */
export const urlAction = (
  about: About & Pick<ActionDef, 'staysHere'>,
  prepare: (options: ActionOptions) => Result<RunWithUrl>,
): ActionDef =>
  defineAction({
    ...about,
    type: 'redirect',
    field: 'url',
    compile(payload, options) {
      const template = compileDestination(payload)
      if (!template.ok) return template
      const prepared = prepare(options)
      if (!prepared.ok) return prepared
      const run: RunAction = (context, appendQuery = '') => {
        const destination = toHeaderUrl(template.value(context))
        // A URL that begins with a macro is only known now, and the visitor may have a say in it.
        return isWebUrl(destination) ? prepared.value(destination, appendQuery, context) : nowhere()
      }
      return ok(run)
    },
  })

/** An HTTP redirect to a URL that was expanded, with what is to be added to its query. */
export function locationReply(destination: string, appendQuery: string, status = 302): FinalReply {
  const url = appendQuery === '' ? destination : withQuery(destination, toHeaderUrl(appendQuery))
  return { kind: 'redirect', status, headers: { Location: url, 'Cache-Control': NO_STORE }, body: '', destination, url }
}

const nowhere = (): Reply => ({
  kind: 'page',
  status: 200,
  headers: { 'Content-Type': HTML, 'Cache-Control': NO_STORE },
  body: '',
  destination: '',
})
