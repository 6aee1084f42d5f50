import { toHeaderUrl } from '../macros/escape.ts'
import { isWebUrl } from './destination.ts'
import { fetchAction } from './fetched.ts'
import { locationReply } from './redirect.ts'

/** Longer answers are pages, not addresses. */
const MAX_ADDRESS = 8192

export const remote = fetchAction({
  label: 'Remote redirect',
  help: 'Asks the URL where to go: its answer, one address and nothing else, is where the browser is sent. When no address comes within ten seconds, the fallback is shown.',
  finish: (_context, _destination, appendQuery) => (fetched) => {
    const answer = fetched.text.trim()
    // The first line of a page is no address.
    if (answer.length > MAX_ADDRESS || /[\s<>"]/.test(answer) || !isWebUrl(answer)) return null
    return locationReply(toHeaderUrl(answer), appendQuery)
  },
})
