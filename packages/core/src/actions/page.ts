import type { Reply } from './action.ts'
import { NO_STORE } from './html.ts'

/** A page shown as it is. `destination` is the label of the action, for reports. */
export const pageReply = (
  destination: string,
  contentType: string,
  body: string,
  status = 200,
): Reply & { kind: 'page' } => ({
  kind: 'page',
  status,
  headers: { 'Content-Type': contentType, 'Cache-Control': NO_STORE, 'X-Content-Type-Options': 'nosniff' },
  body,
  destination,
})
