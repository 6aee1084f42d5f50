import type { IncomingHttpHeaders } from 'node:http'
import type { FetchReply } from '@trackyard/core/actions/action.ts'
import { adaptations, contentTypeOf, formOf, type ReplyForm } from '@trackyard/core/actions/adaptation.ts'
import type { Embedding } from '@trackyard/core/macros/macro.ts'
import { header } from './headers.ts'
import type { Params } from './query.ts'
import { isStreamed, type Settled } from './remote/carry-out.ts'
import type { Shown } from './respond.ts'
import { scriptCall } from './scripts/sources.ts'

/**
 * Where the answer ends up. Pages that load us say it by `return`; else browsers tell what they load us for, on secure
 * sites only, so `Accept` is asked besides.
 */
export function embeddingOf(headers: IncomingHttpHeaders, params: Params): Embedding {
  const wanted = params.return
  if (wanted === 'js' || wanted === 'js.client') return 'script'
  if (wanted === 'pixel') return 'image'
  const destination = header(headers, 'sec-fetch-dest')
  if (destination === 'script') return 'script'
  if (FRAMES.has(destination)) return 'iframe'
  if (destination === 'image' || header(headers, 'accept').startsWith('image/')) return 'image'
  return 'direct'
}

const FRAMES: ReadonlySet<string> = new Set(['iframe', 'frame', 'fencedframe', 'embed', 'object'])

/** The answer as its surroundings can use it: the table `adaptations` of core, carried out. */
export function embed(reply: Answered, embedding: Embedding, params: Params): Shown {
  // Who asks for a point gets one, even where a picture was to be shown.
  const adaptation = params.return === 'pixel' ? 'pixel' : adaptations[form(reply)][embedding]
  if (adaptation === 'as_is') return reply
  drop(reply)
  if (adaptation === 'pixel') return PIXEL
  const place = adaptation === 'empty' ? null : placeOf(reply)
  return { status: 200, headers: SCRIPT_HEADERS, body: place === null ? '' : scriptCall('embed', place) }
}

/** What an action said, unless it hands on to another campaign. */
export type Answered = Settled | FetchReply

/** What a page is to do with an answer: go somewhere, show something, or nothing (null). */
export function placeOf(reply: Answered): Place | null {
  if (reply.kind === 'fetch') return placeOf(reply.fallback)
  if (reply.kind === 'redirect') return { to: reply.url }
  if (isStreamed(reply) || formOf(reply) !== 'page') {
    drop(reply)
    return null
  }
  const text = reply.body.toString()
  return contentType(reply).startsWith('text/html') ? { html: text } : { text }
}
export type Place = { readonly to: string } | { readonly html: string } | { readonly text: string }

/** Whether anything is in what is still coming is not known, so it is taken for something. */
const form = (reply: Answered): ReplyForm => formOf(isStreamed(reply) ? { ...reply, body: ' ' } : reply)

/** What will not be sent need not come. */
function drop(reply: Answered): void {
  if (isStreamed(reply)) reply.body.destroy()
}

export const contentType = ({ headers }: Pick<Shown, 'headers'>): string => contentTypeOf(headers)

const SCRIPT_HEADERS = { 'Content-Type': 'application/javascript; charset=utf-8', 'X-Content-Type-Options': 'nosniff' }

/** One transparent point. */
export const PIXEL: Shown = {
  status: 200,
  headers: { 'Content-Type': 'image/gif' },
  body: Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64'),
}
