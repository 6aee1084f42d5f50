export type FieldProblems = Readonly<Record<string, readonly string[]>>

interface Details {
  readonly status: number
  readonly operation: string
  readonly fields: FieldProblems
  readonly hints: readonly string[]
}

/** The tracker answered that it did not do it. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** Status of the answer. */
  readonly status: number
  /** What was called, such as `campaigns.create`. */
  readonly operation: string
  /** What is wrong with which field; empty when it is not about fields. */
  readonly fields: FieldProblems
  /** What was probably not meant. */
  readonly hints: readonly string[]

  constructor(message: string, { status, operation, fields, hints }: Details) {
    super(`${operation}: ${message}`)
    this.status = status
    this.operation = operation
    this.fields = fields
    this.hints = hints
  }
}

/** There was no answer: the tracker cannot be reached, took too long, or answered something that is no JSON. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  readonly operation: string

  constructor(message: string, operation: string, cause?: unknown) {
    super(`${operation}: ${message}`, { cause })
    this.operation = operation
  }
}

/** Reads what an answer says went wrong: `{error}`, or messages by field. */
export function toApiError(status: number, body: unknown, operation: string, hints: readonly string[]): ApiError {
  const entries = typeof body === 'object' && body !== null ? Object.entries(body) : []
  const said = entries.find(([key]) => key === 'error' || key === 'message')?.[1]
  const fields = Object.fromEntries(
    entries.flatMap(([field, messages]) => (Array.isArray(messages) ? [[field, messages.map(String)] as const] : [])),
  )
  const listed = Object.entries(fields).map(([field, messages]) => `${field}: ${messages.join(', ')}`)
  const message = typeof said === 'string' ? said : listed.length > 0 ? listed.join('; ') : `status ${status}`
  return new ApiError(message, { status, operation, fields, hints })
}
