/**
 * Every expected failure and the HTTP status the admin edge answers with. `validation` answers
 * `{field: [messages]}`; all others answer `{error: message}` (reference admin-api §1.4).
 */
export const problems = {
  bad_request: { status: 400, help: 'The request cannot be read or names something that does not exist.' },
  unauthorized: { status: 401, help: 'The key is missing, wrong, expired or revoked.' },
  forbidden: { status: 403, help: 'The key has no right to do this.' },
  not_found: { status: 404, help: 'There is no such entity, or it is archived.' },
  validation: { status: 406, help: 'One or more fields were refused; the body names each with the cure.' },
  too_large: { status: 413, help: 'The request body is larger than the limit.' },
  unsupported: { status: 422, help: 'Trackyard does not do this, by design; the message names what to do instead.' },
  too_many_requests: { status: 429, help: 'Too many tries: the header Retry-After tells how many seconds to wait.' },
  unavailable: { status: 503, help: 'A part of Trackyard that is needed here is starting or down; try again.' },
} as const satisfies Record<string, { status: number; help: string }>

export type ProblemCode = keyof typeof problems
