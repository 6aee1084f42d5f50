import { z } from 'zod'
import { ok } from '../result.ts'
import { readOptions } from './options.ts'
import { locationReply, urlAction } from './redirect.ts'

const STATUSES = [301, 302, 303, 307, 308] as const
const status = z.preprocess(
  (value) => (typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value),
  z.literal(STATUSES, { error: 'must be 301, 302, 303, 307 or 308' }),
)
const options = z.object({
  status: status
    .default(302)
    .describe(
      'HTTP status, 302 unless set; after 307 and 308 browsers repeat a POST. Whatever it is, they may not keep it.',
    ),
})

export const http = urlAction(
  {
    label: 'HTTP redirect',
    help: 'Sends the browser to the URL with status 302, or another that the options name.',
    options,
  },
  (given) => {
    const read = readOptions(options, given)
    if (!read.ok) return read
    const { status } = read.value
    return ok((destination, appendQuery) => locationReply(destination, appendQuery, status))
  },
)
