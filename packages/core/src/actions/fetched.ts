import { z } from 'zod'
import { toHeaderUrl } from '../macros/escape.ts'
import type { Embedding, MacroContext } from '../macros/macro.ts'
import { fail, ok, problem } from '../result.ts'
import type { ActionDef, FetchReply, FinalReply } from './action.ts'
import { compileDestination, isWebUrl, withQuery } from './destination.ts'
import { htmlParts } from './html.ts'
import { readOptions } from './options.ts'
import { locationReply, urlAction } from './redirect.ts'

const options = z.object({
  fallback_url: z
    .string({ error: 'must be a URL' })
    .optional()
    .describe(
      'Where visitors go when the URL cannot be fetched; macros are filled in. Without it they see a page that asks to try again.',
    ),
})

interface FetchDef extends Pick<ActionDef, 'label' | 'help' | 'staysHere'> {
  readonly finish: (context: MacroContext, destination: string, appendQuery: string) => FetchReply['finish']
  /** For actions that show what they fetch: pictures, documents and the like are passed on as they are. */
  readonly passOn?: (context: MacroContext, destination: string) => NonNullable<FetchReply['passOn']>
}

/** What actions have in common that need something from another server before they can answer. */
export const fetchAction = ({ finish, passOn, ...about }: FetchDef): ActionDef =>
  urlAction({ ...about, options }, (given) => {
    const read = readOptions(options, given)
    if (!read.ok) return read
    const { fallback_url: fallbackText } = read.value
    const fallback = fallbackText === undefined ? null : compileDestination(fallbackText)
    if (fallback?.ok === false)
      return fail(
        ...fallback.problems.map(({ code, message }) =>
          problem(code, `has an option it cannot use: fallback_url ${message}`, 'action_options.fallback_url'),
        ),
      )
    return ok((destination, appendQuery, context): FetchReply => {
      const instead = fallback ? toHeaderUrl(fallback.value(context)) : ''
      const shown = isWebUrl(instead) ? locationReply(instead, appendQuery) : UNAVAILABLE
      // What shows the page sends the visitor nowhere, so the page itself has to be told.
      const asked = passOn && appendQuery !== '' ? withQuery(destination, toHeaderUrl(appendQuery)) : destination
      return {
        ...shown,
        kind: 'fetch',
        destination,
        request: { url: absolute(asked), headers: headersOf(context) },
        fallback: shown,
        files: !passOn ? 'read' : context.embedding === 'api' ? 'whole' : 'streamed',
        finish: finish(context, destination, appendQuery),
        ...(passOn && !HOLDS_TEXT.has(context.embedding ?? 'direct') ? { passOn: passOn(context, destination) } : {}),
      }
    })
  })

/** What the Click API and our scripts put into JSON or a script has to be there when that is written. */
const HOLDS_TEXT: ReadonlySet<Embedding> = new Set(['api', 'script'])

/** A page without any word of what failed: visitors cannot do anything about it. */
const UNAVAILABLE: FinalReply = {
  kind: 'page',
  destination: '',
  ...htmlParts(
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    '<body><p>This page cannot be shown at the moment. Please try again later.</p></body>',
  ),
}

const absolute = (url: string): string => (url.startsWith('//') ? `https:${url}` : url)

/** The other server is to answer as it would answer the visitor. His address and where he came from stay ours. */
function headersOf({ click }: MacroContext): Record<string, string> {
  const headers: Record<string, string> = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
  const userAgent = click.userAgent.replace(/[^\x20-\x7e]/g, '')
  if (userAgent !== '') headers['user-agent'] = userAgent
  if (/^[a-z]{2}$/.test(click.language)) headers['accept-language'] = click.language
  return headers
}
