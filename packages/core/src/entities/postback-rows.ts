import { z } from 'zod'
import { integer } from './fields.ts'
import { httpMethod, targetUrl, use } from './postback.ts'

const MAX_ROWS = 100

/** Statuses as a list or as `lead,sale`. */
const statusList = () =>
  z.preprocess(
    (value) =>
      typeof value === 'string'
        ? value
            .split(',')
            .map((status) => status.trim())
            .filter(Boolean)
        : (value ?? []),
    z
      .array(z.string().min(1, 'must be names of statuses').max(100, 'must be at most 100 characters long'), {
        error: 'must be a list such as ["lead", "sale"]',
      })
      .max(50, 'must be at most 50 statuses'),
  )

/** The postbacks of a campaign (reference conversions-and-reports §5.1). */
export const postbackRows = () =>
  z.preprocess(
    (value) => (value === '' || value === null ? [] : value),
    z
      .array(
        z.object({
          id: integer(0).optional().describe('Id of the postback; given by the server.'),
          campaign_id: z.unknown().optional().describe('Set by the server; what is sent is overwritten.'),
          url: targetUrl.describe('Where the request goes, with macros such as {external_id} in path and query.'),
          method: httpMethod()
            .default('GET')
            .describe('GET sends everything in the URL; POST moves the query of the URL into the body.'),
          statuses: statusList()
            .default([])
            .describe('Conversion statuses that are sent; an empty list is all of them.'),
          status: use()
            .default('active')
            .describe('Whether it is used. A receiver that answers 410 makes it inactive.'),
        }),
        { error: 'must be a list such as [{"url": "https://…", "method": "GET", "statuses": ["sale"]}]' },
      )
      .max(MAX_ROWS, `must be at most ${MAX_ROWS} postbacks`),
  )
