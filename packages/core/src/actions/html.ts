import { escapeHtml, escapeJson } from '../macros/escape.ts'

export const HTML = 'text/html; charset=utf-8'
export const SCRIPT = 'application/javascript; charset=utf-8'
/** Two visitors never get the same answer, so nobody between may keep one. */
export const NO_STORE = 'no-store, no-cache, must-revalidate'

/** A small page of ours with status 200. `head` and `body` are HTML. */
export const htmlParts = (head: string, body: string, more: Readonly<Record<string, string>> = {}) => ({
  status: 200,
  headers: { 'Content-Type': HTML, 'Cache-Control': NO_STORE, 'X-Content-Type-Options': 'nosniff', ...more },
  // Without an icon of its own a page makes browsers ask for /favicon.ico.
  body: `<!doctype html><html><head><meta charset="utf-8"><link rel="icon" href="data:,">${head}<title></title></head>${body}</html>`,
})

/** A tag that sends the browser on at once. */
export const refreshTag = (url: string): string => `<meta http-equiv="refresh" content="0; url=${escapeHtml(url)}">`

/** The URL as a string literal of a script in a page. */
export const scriptString = (url: string): string => `"${escapeJson(url)}"`
