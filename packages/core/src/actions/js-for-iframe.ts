import { escapeHtml } from '../macros/escape.ts'
import { htmlParts, scriptString } from './html.ts'
import { redirectAction } from './redirect.ts'

export const jsForIframe = redirectAction({
  label: 'JS for a frame (outdated)',
  help: 'Shows a page whose script sends the whole window on, for campaigns inside a frame. Where the browser does not allow that before the visitor has clicked, the frame holds a link over its whole surface.',
  answer: (url) =>
    htmlParts(
      '',
      `<body style="margin:0"><a href="${escapeHtml(url)}" target="_top" style="position:fixed;inset:0"></a><script>try{window.top.location.href=${scriptString(url)}}catch(e){}</script></body>`,
    ),
})
