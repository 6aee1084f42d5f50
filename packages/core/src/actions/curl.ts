import { fetchAction } from './fetched.ts'
import { HTML } from './html.ts'
import { pageReply } from './page.ts'
import { preloadedPage } from './preloaded-page.ts'

export const curl = fetchAction({
  label: 'CURL (preload)',
  help: 'Fetches the URL and shows what comes under the address of the campaign, as it comes; macros in it are filled in, and relative addresses find their site. When nothing comes within ten seconds or it is over 5 MB, the fallback is shown.',
  staysHere: true,
  finish:
    (context, destination) =>
    ({ url, contentType, text }) => {
      if (isPage(contentType)) {
        const page = preloadedPage(url, { ...context, destination })
        return pageReply(destination, HTML, page.push(text) + page.end())
      }
      const type = /^[\w.+-]+\/[\w.+-]+/.exec(contentType)?.[0] ?? 'text/plain'
      return pageReply(destination, `${type}; charset=utf-8`, text)
    },
  passOn:
    (context, destination) =>
    ({ url, contentType }) => {
      if (!isPage(contentType)) return null
      const { headers } = pageReply(destination, HTML, '')
      return { headers, filter: preloadedPage(url, { ...context, destination }) }
    },
})

const isPage = (contentType: string): boolean =>
  /^(?:text\/html|application\/xhtml\+xml|)(?:$|[;\s])/i.test(contentType)
