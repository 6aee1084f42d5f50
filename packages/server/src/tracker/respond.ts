import { Readable } from 'node:stream'
import type { FrontReply } from './front.ts'

export interface Cookie {
  readonly name: string
  readonly value: string
  readonly maxAgeSeconds: number
}

/** What the action of a click said, or what stands for it inside another page. */
export interface Shown {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** A stream whose length is known has it among the headers. */
  readonly body: string | Buffer | Readable
}

/** Every dynamic answer: no cache may keep it, other origins may read it (reference click-processing §1.1). */
const COMMON: readonly string[] = [
  'Cache-Control',
  'no-store, no-cache, must-revalidate',
  'Access-Control-Allow-Origin',
  '*',
]

/** The answer to a visitor from what the action said. */
export function toFrontReply(
  reply: Shown,
  cookies: readonly Cookie[],
  isTls: boolean,
  extra: readonly string[] = [],
): FrontReply {
  const headers = COMMON.concat(extra)
  for (const name in reply.headers) {
    const value = reply.headers[name]
    if (value !== undefined && name.toLowerCase() !== 'cache-control') headers.push(name, value)
  }
  // Browsers tell model and system version only when asked, and only over TLS.
  if (isTls) headers.push('Accept-CH', 'Sec-CH-UA-Model, Sec-CH-UA-Platform-Version, Sec-CH-UA-Full-Version-List')
  for (const cookie of cookies) headers.push('Set-Cookie', setCookie(cookie, isTls))
  if (!(reply.body instanceof Readable)) headers.push('Content-Length', String(Buffer.byteLength(reply.body)))
  return { status: reply.status, headers, body: reply.body }
}

export function plain(
  status: number,
  body: string,
  contentType = 'text/plain; charset=utf-8',
  extra: readonly string[] = [],
): FrontReply {
  return {
    status,
    headers: [...COMMON, ...extra, 'Content-Type', contentType, 'Content-Length', String(Buffer.byteLength(body))],
    body,
  }
}

/** Scripts on landing pages read these cookies, so they are not HttpOnly; over TLS they also work inside frames. */
function setCookie({ name, value, maxAgeSeconds }: Cookie, isTls: boolean): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; ${isTls ? 'SameSite=None; Secure' : 'SameSite=Lax'}`
}
