import type { Readable } from 'node:stream'

/** An answer that is not made of a value, as a route may give it: of another type, or in pieces as they come into being. */
export class RawAnswer {
  readonly contentType: string
  readonly body: string | Uint8Array | Readable
  readonly headers: Readonly<Record<string, string>>
  constructor(
    contentType: string,
    body: string | Uint8Array | Readable,
    headers: Readonly<Record<string, string>> = {},
  ) {
    this.contentType = contentType
    this.body = body
    this.headers = headers
  }
}
