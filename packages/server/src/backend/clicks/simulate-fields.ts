import { isIP } from 'node:net'
import { flag, integer, text } from '@trackyard/core/entities/fields.ts'
import { z } from 'zod'
import { draftField } from './draft.ts'
import { dateField } from './fields.ts'

const known = (max = 2000) => text(max).optional()
const texts = (what: string) =>
  z.record(
    z.string(),
    z.union([z.string(), z.number().transform(String), z.boolean().transform(String)], { error: 'must be text' }),
    {
      error: `must be an object such as ${what}`,
    },
  )
const yesNo = (help: string) => flag().optional().describe(help)

/** The visitor that `simulate` makes up. */
export const simulateFields = z.object({
  ip: text(100)
    .refine((value) => value === '' || isIP(String(value)) !== 0, 'must be an address such as 203.0.113.7')
    .optional()
    .describe('Address of the visitor; without one nothing is known of the place.'),
  user_agent: known().describe('User agent. Without one the visitor is taken for a bot, as everywhere.'),
  url: known(20_000).describe(
    'Link the visitor follows, whole or from its path on; its query is read, its path is not.',
  ),
  params: texts('{"keyword": "shoes"}').optional().describe('Query parameters of the link, added to those of url.'),
  referrer: known().describe('Where the visitor comes from.'),
  language: known(100).describe('Language of the browser, e.g. de or de-AT,de;q=0.9.'),
  headers: texts('{"X-Requested-With": "com.example.app"}')
    .optional()
    .describe('Further headers of the request, e.g. client hints or cookies.'),
  host: known(255).describe('Host name the visitor uses; the main address when left out.'),
  https: yesNo('Whether the visitor comes over HTTPS. Default: yes.'),
  at: dateField.optional().describe('When the visitor comes, UTC, e.g. 2026-02-03 14:05. Default: now.'),
  roll: integer(0, 2 ** 32 - 1)
    .optional()
    .describe('The random number of the click, from 0 to 4294967295, to see one outcome again. Default: drawn.'),
  country: known(2).describe('Country in place of the one the address tells, e.g. US.'),
  region: known(200).describe('Region in place of the one the address tells.'),
  city: known(200).describe('City in place of the one the address tells.'),
  isp: known(200).describe('Provider in place of the one the address tells.'),
  connection_type: known(100).describe('Connection type in place of the one the address tells.'),
  operator: known(200).describe('Mobile operator in place of the one the address tells.'),
  device_type: known(100).describe('Device type in place of the one the user agent tells, e.g. mobile.'),
  device_brand: known(100).describe('Brand in place of the one the user agent tells.'),
  device_model: known(100).describe('Model in place of the one the user agent tells.'),
  os: known(100).describe('System in place of the one the user agent tells.'),
  os_version: known(100).describe('Its version in place of the one the user agent tells.'),
  browser: known(100).describe('Browser in place of the one the user agent tells.'),
  browser_version: known(100).describe('Its version in place of the one the user agent tells.'),
  is_bot: yesNo('Whether the user agent is a bot’s, in place of what it tells. Bot lists are asked as always.'),
  is_using_proxy: yesNo('Whether the visitor comes through a proxy. Default: no.'),
  is_unique: yesNo('Whether it is a first visit, in every way; without it the memory of visitors is asked.'),
  is_unique_campaign: yesNo('The same for the campaign alone.'),
  is_unique_stream: yesNo('The same for its streams alone.'),
  is_unique_global: yesNo('The same for all campaigns together.'),
  is_unique_ip: yesNo('The same by the address alone, for filter uniqueness_ip.'),
  is_unique_cookie: yesNo('The same by the cookie of the browser alone, for filter uniqueness_cookies.'),
  stream_clicks: integer()
    .optional()
    .describe(
      'How many clicks every stream with a limit had already, this hour, today and ever. Default: as many as it had.',
    ),
  bound_stream_id: integer(1).optional().describe('Stream the visitor is bound to, in campaigns that bind visitors.'),
  bound_landing_id: integer(1).optional().describe('Landing page the visitor is bound to.'),
  bound_offer_id: integer(1).optional().describe('Offer the visitor is bound to.'),
  draft: draftField.optional(),
})
export type SimulatedVisitor = z.output<typeof simulateFields>
