import { escapeHtml } from '../macros/escape.ts'
import { htmlParts } from './html.ts'
import { redirectAction } from './redirect.ts'

export const frame = redirectAction({
  label: 'Frameset (outdated)',
  help: 'As Open in a frame, with a frameset, which browsers may stop supporting.',
  kind: 'page',
  answer: (url) =>
    htmlParts(
      '<meta name="viewport" content="width=device-width,initial-scale=1">',
      `<frameset rows="100%" frameborder="0" border="0"><frame src="${escapeHtml(url)}" frameborder="0" noresize><noframes><body><a href="${escapeHtml(url)}">→</a></body></noframes></frameset>`,
    ),
})
