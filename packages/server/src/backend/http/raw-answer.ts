/** An answer that is no JSON, as a route may give it. */
export class RawAnswer {
  readonly contentType: string
  readonly body: string | Uint8Array
  readonly headers: Readonly<Record<string, string>>
  constructor(contentType: string, body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}) {
    this.contentType = contentType
    this.body = body
    this.headers = headers
  }
}
