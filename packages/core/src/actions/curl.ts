import { fetchAction } from './fetched.ts'
import { pageReply } from './page.ts'
import { compilePreloadedPage } from './preloaded-page.ts'

export const curl = fetchAction({
  label: 'CURL (preload)',
  help: 'Fetches the URL and shows what came under the address of the campaign; macros in it are filled in, and relative addresses find their site. When nothing comes within ten seconds or it is over 5 MB, the fallback is shown.',
  staysHere: true,
  takesFiles: true,
  finish: (context, destination) => (fetched) => {
    const isPage = /^(?:text\/html|application\/xhtml\+xml|)(?:$|[;\s])/i.test(fetched.contentType)
    const body = isPage ? compilePreloadedPage(fetched.text, fetched.url)({ ...context, destination }) : fetched.text
    const type = isPage ? 'text/html' : (/^[\w.+-]+\/[\w.+-]+/.exec(fetched.contentType)?.[0] ?? 'text/plain')
    return pageReply(destination, `${type}; charset=utf-8`, body)
  },
})
