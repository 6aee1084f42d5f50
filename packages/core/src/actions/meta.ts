import { htmlParts, refreshTag } from './html.ts'
import { redirectAction } from './redirect.ts'

export const meta = redirectAction({
  label: 'Meta redirect',
  help: 'Shows a page that sends the browser on with a meta refresh.',
  answer: (url) => htmlParts(refreshTag(url), '<body></body>'),
})
