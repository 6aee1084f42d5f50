import type { LocalFiles } from '../entities/local-files.ts'
import type { MacroContext } from '../macros/macro.ts'
import type { Result } from '../result.ts'

/**
 * What the visitor gets. `destination` is what is recorded: the expanded URL without the query that was appended (it
 * carries tokens), or the label of the action. `url` is the whole URL, for callers that redirect in their own way.
 */
export type Reply =
  | (HttpReply & { readonly kind: 'page' })
  | (HttpReply & { readonly kind: 'redirect'; readonly url: string })
  | { readonly kind: 'campaign'; readonly campaignId: number; readonly destination: string }

interface HttpReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly destination: string
}

/**
 * Answers one click. `appendQuery`, already encoded as `a=b&c=d`, is added to the URL of a redirect before its
 * `#fragment`; other actions have nowhere to put it.
 */
export type RunAction = (context: MacroContext, appendQuery?: string) => Reply

export type ActionOptions = Readonly<Record<string, unknown>> | null

export interface ActionDef {
  readonly label: string
  readonly help: string
  readonly type: 'redirect' | 'other'
  /** How the payload is edited. */
  readonly field: 'url' | 'html' | 'text' | 'campaign' | 'none'
  /**
   * Reads the payload once; refuses what could not be carried out, with a message that names the cure. `files` are the
   * uploaded files of a landing page or offer, null when there are none.
   */
  compile(payload: string, options: ActionOptions, files: LocalFiles | null): Result<RunAction>
}

/** Declares an action: one file and one line in the list. */
export const defineAction = (def: ActionDef): ActionDef => def

export interface CompiledAction {
  readonly key: string
  readonly type: ActionDef['type']
  readonly run: RunAction
}
