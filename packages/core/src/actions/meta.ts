import { escapeHtml } from '../macros/escape.ts'
import { HTML, NO_STORE, redirectAction } from './redirect.ts'

export const meta = redirectAction({
  label: 'Meta redirect',
  help: 'Shows a page that sends the browser on with a meta refresh.',
  answer: (url) => ({
    status: 200,
    headers: { 'Content-Type': HTML, 'Cache-Control': NO_STORE },
    body: `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${escapeHtml(url)}"><title></title></head><body></body></html>`,
  }),
})
