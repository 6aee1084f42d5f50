import type { Buffer } from 'node:buffer'

/**
 * Reads `multipart/form-data` as ClickHouse clients send long parameter lists: plain text fields only. Null when the
 * body is something else.
 */
export function parseMultipart(contentType: string | undefined, body: Buffer): [string, string][] | null {
  const boundary = /^multipart\/form-data;\s*boundary="?([^";]+)"?/i.exec(contentType ?? '')?.[1]
  if (boundary === undefined) return null
  const fields: [string, string][] = []
  for (const part of body.toString('utf8').split(`--${boundary}`).slice(1, -1)) {
    const headEnd = part.indexOf('\r\n\r\n')
    const name = /name="([^"]*)"/i.exec(part.slice(0, headEnd))?.[1]
    if (headEnd >= 0 && name !== undefined)
      fields.push([name, part.slice(headEnd + 4, part.endsWith('\r\n') ? -2 : undefined)])
  }
  return fields
}
