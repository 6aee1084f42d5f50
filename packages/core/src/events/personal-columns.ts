import { EXTRA_PARAM_SLOTS, SUB_ID_SLOTS } from '../click/click.ts'
import type { ClickRow } from './click-columns.ts'

/**
 * Columns of a click that may tell who the visitor is, or hold whatever a link carried: what erasing a click empties.
 * What is left (time, campaign, country, kind of device, money, counts) keeps reports as they are.
 */
export const PERSONAL_CLICK_COLUMNS: readonly string[] = [
  'visitor_code',
  'ip',
  'city',
  'user_agent',
  'device_model',
  'os_version',
  'browser_version',
  'x_requested_with',
  'referrer',
  'keyword',
  'external_id',
  ...SUB_ID_SLOTS,
  ...EXTRA_PARAM_SLOTS,
  'destination',
]

/** Whether a click was erased: every other one has the code of its visitor. */
export const isErased = ({ visitor_code, ip }: ClickRow): boolean => !visitor_code && !ip

/** The same of the logs in the event store. */
export const PERSONAL_LOG_COLUMNS = {
  postback_log: ['params', 'ip'],
  sent_postbacks: ['url', 'headers', 'body', 'answer'],
} as const
