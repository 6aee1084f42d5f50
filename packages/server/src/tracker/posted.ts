import type { FrontRequest } from './front.ts'
import { header } from './headers.ts'
import { readBodyParams } from './postback-params.ts'
import type { Params } from './query.ts'

/** Of a body; a longer one is not read. */
const MAX_BODY_BYTES = 65_536

/**
 * Parameters of a visit that a form or a script sends by POST, as action `formsubmit` does: those of the URL and, where it
 * does not name them, those of the body. A body that cannot be read is none.
 */
export async function readPosted(request: FrontRequest, params: Params): Promise<Params> {
  const body = await request.readBody(MAX_BODY_BYTES)
  const type = header(request.headers, 'content-type')
  const { params: posted, fault } = await readBodyParams(body, type, MAX_BODY_BYTES)
  // Without a prototype: a parameter may be called __proto__ or constructor.
  return fault === '' ? Object.assign(Object.create(null), posted, params) : params
}
