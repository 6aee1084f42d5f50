import type { z } from 'zod'
import type { LocalFiles } from '../entities/local-files.ts'
import type { TextFilter } from '../macros/html-filter.ts'
import type { MacroContext } from '../macros/macro.ts'
import type { Result } from '../result.ts'

/**
 * What the visitor gets. `destination` is what is recorded: the expanded URL without the query that was appended (it
 * carries tokens), or the label of the action. `url` is the whole URL, for callers that redirect in their own way.
 */
export type Reply =
  | FinalReply
  | FetchReply
  | { readonly kind: 'campaign'; readonly campaignId: number; readonly destination: string }

/** What needs nothing more than to be sent. */
export type FinalReply =
  | (HttpReply & { readonly kind: 'page' })
  | (HttpReply & { readonly kind: 'redirect'; readonly url: string })

interface HttpReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly destination: string
}

/**
 * Something has to be fetched before the visitor can be answered. Core cannot, so the shell asks `request` and hands
 * what came to `finish`. When nothing came, or `finish` makes nothing of it, the visitor gets `fallback`, whose status,
 * headers and body are also those of this reply.
 */
export interface FetchReply extends HttpReply {
  readonly kind: 'fetch'
  readonly request: { readonly url: string; readonly headers: Readonly<Record<string, string>> }
  readonly fallback: FinalReply
  /**
   * What becomes of pictures, documents and the like: they are read like everything else, or passed on as they are, once
   * they are `whole` or `streamed` as they come.
   */
  readonly files: 'read' | 'whole' | 'streamed'
  finish(fetched: FetchedText): FinalReply | null
  /**
   * What becomes of text that is passed on as it comes: a page is changed on its way, null leaves it as it is. Absent where
   * it is needed whole.
   */
  readonly passOn?: (fetched: Fetched) => PageOnItsWay | null
}

/** What was fetched. */
export interface FetchedText extends Fetched {
  readonly text: string
}
interface Fetched {
  /** After redirects. */
  readonly url: string
  readonly contentType: string
}

export interface PageOnItsWay {
  readonly headers: FinalReply['headers']
  readonly filter: TextFilter
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
  /** The page stays under the tracker's address, so a landing page shown so needs no proof of the click in its URL. */
  readonly staysHere?: true
  /** What may be set besides the payload, each field optional and described; absent when there is nothing. */
  readonly options?: z.ZodObject
  /** What a user should know who chooses it; said as a hint when it is saved. */
  readonly doubt?: string
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
  /** The visitor leaves for another site. */
  readonly leaves: boolean
  readonly run: RunAction
}
