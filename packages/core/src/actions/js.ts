import { escapeJson } from '../macros/escape.ts'
import { HTML, NO_STORE, redirectAction } from './redirect.ts'

export const js = redirectAction({
  label: 'JS redirect',
  help: 'Shows a page that sends the browser on with a script.',
  answer: (url) => ({
    status: 200,
    headers: { 'Content-Type': HTML, 'Cache-Control': NO_STORE },
    body: `<!doctype html><html><head><meta charset="utf-8"><title></title><script>window.location.replace("${escapeJson(url)}")</script></head><body></body></html>`,
  }),
})
