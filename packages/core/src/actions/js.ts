import { htmlParts, scriptString } from './html.ts'
import { redirectAction } from './redirect.ts'

export const js = redirectAction({
  label: 'JS redirect',
  help: 'Shows a page that sends the browser on with a script.',
  answer: (url) => htmlParts(`<script>window.location.replace(${scriptString(url)})</script>`, '<body></body>'),
})
