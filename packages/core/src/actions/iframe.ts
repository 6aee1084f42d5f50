import { escapeHtml } from '../macros/escape.ts'
import { htmlParts } from './html.ts'
import { redirectAction } from './redirect.ts'

export const iframe = redirectAction({
  label: 'Open in a frame',
  help: 'Shows the URL in a frame that fills the page; the address of the campaign stays in the address bar. Sites that forbid frames stay blank.',
  kind: 'page',
  answer: (url) =>
    htmlParts(
      '<meta name="viewport" content="width=device-width,initial-scale=1"><style>html,body{height:100%;margin:0;overflow:hidden}iframe{display:block;width:100%;height:100%;border:0}</style>',
      `<body><iframe src="${escapeHtml(url)}" allow="fullscreen; payment; clipboard-write"></iframe></body>`,
    ),
})
