import { createHash } from 'node:crypto'
import type { FrontReply, FrontRequest } from '../front.ts'
import { header } from '../headers.ts'
import { scriptFile } from './sources.ts'

/** New versions reach pages within the hour, and meanwhile no page waits for them. */
const CACHING = 'public, max-age=3600, stale-while-revalidate=86400'

interface Served {
  readonly headers: readonly string[]
  readonly text: string
  readonly gzip: Buffer
  readonly etag: string
}

const FILES: ReadonlyMap<string, Served> = new Map([
  ['/js/k.min.js', served('tracking')],
  ['/js/adapter.min.js', served('adapter')],
])

/** Our scripts that are the same for everybody, by path; null for other paths. */
export function serveScript(request: FrontRequest, path: string): FrontReply | null {
  const file = FILES.get(path)
  if (!file) return null
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return { status: 405, headers: ['Allow', 'GET, HEAD', 'Content-Length', '0'], body: '' }
  if (header(request.headers, 'if-none-match').includes(file.etag))
    return { status: 304, headers: file.headers, body: '' }
  const takesGzip = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/.test(header(request.headers, 'accept-encoding'))
  const body = takesGzip ? file.gzip : file.text
  const length = ['Content-Length', String(Buffer.byteLength(body))]
  const encoding = takesGzip ? ['Content-Encoding', 'gzip'] : []
  return {
    status: 200,
    headers: [...file.headers, ...encoding, ...length],
    body: request.method === 'HEAD' ? '' : body,
  }
}

function served(name: Parameters<typeof scriptFile>[0]): Served {
  const { text, gzip } = scriptFile(name)
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 16)}"`
  const headers = [
    ...['Content-Type', 'application/javascript; charset=utf-8'],
    ...['Cache-Control', CACHING, 'ETag', etag, 'Vary', 'Accept-Encoding'],
    ...['X-Content-Type-Options', 'nosniff', 'Access-Control-Allow-Origin', '*'],
    // Pages that isolate themselves may still load it.
    ...['Cross-Origin-Resource-Policy', 'cross-origin'],
  ]
  return { headers, text, gzip, etag }
}
