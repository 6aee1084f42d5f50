import type { Embedding } from '../macros/macro.ts'
import type { FetchReply, FinalReply } from './action.ts'

/**
 * What an answer is, as far as its surroundings care: `location` an HTTP redirect · `redirect` a page that leads on by
 * itself · `script` JavaScript · `page` HTML or text to look at · `file` anything else · `nothing`.
 */
export type ReplyForm = 'location' | 'redirect' | 'script' | 'page' | 'file' | 'nothing'

/**
 * What becomes of it: `as_is` · `go` a script that leads the page on · `insert` a script that shows it where the script
 * stands, or instead of the page when it is a whole page · `empty` a script that does nothing · `pixel` a picture of one
 * point.
 */
export type Adaptation = 'as_is' | 'go' | 'insert' | 'empty' | 'pixel'

/** Every form of answer in every place it may end up in (reference click-processing §5.3). */
export const adaptations: Readonly<Record<ReplyForm, Readonly<Record<Embedding, Adaptation>>>> = {
  // A redirect may lead to a picture: banners are rotated so.
  location: { direct: 'as_is', iframe: 'as_is', script: 'go', image: 'as_is', api: 'as_is' },
  redirect: { direct: 'as_is', iframe: 'as_is', script: 'go', image: 'pixel', api: 'as_is' },
  script: { direct: 'as_is', iframe: 'as_is', script: 'as_is', image: 'pixel', api: 'as_is' },
  page: { direct: 'as_is', iframe: 'as_is', script: 'insert', image: 'pixel', api: 'as_is' },
  file: { direct: 'as_is', iframe: 'as_is', script: 'empty', image: 'as_is', api: 'as_is' },
  nothing: { direct: 'as_is', iframe: 'as_is', script: 'empty', image: 'pixel', api: 'as_is' },
}

/** Which form an answer has; what still has to be fetched has that of its fallback. `body` may be bytes of a file. */
export function formOf({ kind, status, headers, body }: Answer): ReplyForm {
  if (status >= 300 && status < 400) return 'location'
  const type = contentTypeOf(headers)
  if (type.startsWith('application/javascript')) return 'script'
  if (kind === 'redirect') return 'redirect'
  if (status >= 400 || body.length === 0) return 'nothing'
  return type === '' || type.startsWith('text/') ? 'page' : 'file'
}

type Answer = Pick<FinalReply | FetchReply, 'kind' | 'status' | 'headers'> & { readonly body: string | Uint8Array }

/** The content type of an answer, '' when it has none. */
export const contentTypeOf = (headers: Readonly<Record<string, string>>): string =>
  Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? ''
