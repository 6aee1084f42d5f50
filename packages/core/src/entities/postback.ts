import { z } from 'zod'
import { defineEntity, type Stored } from './entity.ts'
import { currencyCode, integer, requiredText, state, text } from './fields.ts'
import { nameValues } from './name-values.ts'

export const POSTBACK_TRIGGERS = ['any', 'leads', 'sales'] as const

/** Words as a comma list or an array; kept as `a,b`, the form clients know (reference admin-api §4). */
const commaList = (isItem: (item: string) => boolean, refusal: string, toItem = (item: string): string => item) =>
  z.preprocess(
    (value) => (Array.isArray(value) ? value.join(',') : typeof value === 'number' ? String(value) : value),
    z
      .string({ error: refusal })
      .max(5000, 'must be at most 5000 characters long')
      .transform((list) => splitList(list).map(toItem))
      .refine((items) => items.every(isItem), refusal)
      .transform((items) => [...new Set(items)].join(',')),
  )

/** The items of a comma list; empty ones do not count. */
export const splitList = (list: string): string[] =>
  list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

const statusWords = () =>
  commaList(
    (word) => /^[^\s{}]{1,100}$/.test(word),
    'must be words such as approved,confirmed',
    (word) => word.toLowerCase(),
  )

const statusList = (what: string) =>
  statusWords()
    .default('')
    .describe(
      `Status words of networks that mean ${what}, in any case. They hold for every incoming postback of the account, whose own lists such as sale_status=… go first, and so for {status}, and also while this postback is inactive; for its trigger they go before the status of the conversion.`,
    )

/** Scheme and host are fixed: a visitor's parameter must not choose where we send to. */
export const FIXED_HOST = /^https?:\/\/[^/?#{}]+(?:[/?#]|$)/i

/** Where a postback goes, with macros in path and query. */
export const targetUrl = z.preprocess(
  (value) => (typeof value === 'string' ? value.trim() : (value ?? '')),
  z
    .string({ error: 'URL must be text' })
    .min(1, { error: 'URL is required', abort: true })
    .max(8000, 'URL must be at most 8000 characters long')
    .refine((url) => /^https?:\/\//i.test(url), { error: 'URL must begin with http:// or https://', abort: true })
    .refine((url) => FIXED_HOST.test(url), {
      error: 'URL must have a fixed host: macros may stand in path and query only',
      abort: true,
    })
    .refine((url) => URL.canParse(url.replaceAll(/[{}]/g, '')), {
      error: 'URL must be a whole address such as https://crm.example/hook?id={subid}',
    }),
)

export const httpMethod = () =>
  z.preprocess(
    (value) => (typeof value === 'string' ? value.toUpperCase() : value),
    z.enum(['GET', 'POST'], { error: 'must be GET or POST' }),
  )

/** Whether a postback is used; forms send it in many ways. */
export const use = () =>
  z.preprocess(
    (value) =>
      value === true || value === 1 || value === '1'
        ? 'active'
        : value === false || value === 0 || value === '0' || value === 'disabled'
          ? 'inactive'
          : value,
    z.enum(['active', 'inactive'], { error: 'must be active or inactive' }),
  )

/** The connection is ours to manage; a wrong one of these would cut or split requests. */
const OWN_HEADERS =
  /^(host|content-length|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|proxy-.*)$/i

const headerMap = () =>
  nameValues()
    .refine((headers) => Object.keys(headers).every((name) => /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/.test(name)), {
      error: 'must have names of letters, digits and dashes, such as X-Api-Key',
    })
    .refine((headers) => !Object.keys(headers).some((name) => OWN_HEADERS.test(name)), {
      error: 'must not set Host, Content-Length, Connection and the like: they belong to the connection',
    })

/** A request that is sent when a conversion comes or changes (reference conversions-and-reports §5.6). */
export const postback = defineEntity({
  name: 'postbacks',
  label: 'postback',
  fields: z.object({
    name: requiredText('Name').describe('Title of the postback.'),
    url: targetUrl.describe(
      'Where the request goes, with macros such as {sub_id_1}, {status} and {revenue} in path and query.',
    ),
    status: use().default('active').describe('Whether it is used. A receiver that answers 410 makes it inactive.'),
    trigger: z
      .preprocess(toTrigger, z.enum(POSTBACK_TRIGGERS, { error: 'must be any, leads or sales' }))
      .default('any')
      .describe(
        'What it is sent for: any conversion, leads only (registrations among them) or sales only (rebills and deposits among them).',
      ),
    method: httpMethod()
      .default('GET')
      .describe('GET sends everything in the URL; POST moves the query of the URL into the body.'),
    lead_statuses: statusList('a lead'),
    sale_statuses: statusList('a sale'),
    rejected_statuses: statusList('a rejected conversion'),
    registration_statuses: statusList('a registration'),
    deposit_statuses: statusList('a deposit'),
    key: text(500)
      .default('')
      .describe(
        'Secret the receiver knows us by: sent as parameter `key`, with POST as header X-Postback-Key. Masked in the audit log.',
      ),
    signing_secret: text(1000)
      .default('')
      .describe(
        'Secret to sign requests with by the Standard Webhooks scheme: 24 to 64 random bytes in base64, `whsec_` may stand before them. The body is signed, so use POST. Stored sealed and answered masked; empty signs nothing.',
      ),
    currency: z
      .preprocess((value) => (value === '' ? null : value), currencyCode().nullable())
      .default(null)
      .describe(
        'Currency of all amounts in the request and what {currency} prints; null is the base currency. Amounts that did not come in it are converted by the rates of the day of the conversion.',
      ),
    timeout: integer(1, 60).default(10).describe('Seconds to wait for the answer.'),
    retries: integer(0, 20)
      .default(3)
      .describe('Further tries when no answer comes, or one of 408, 425, 429 and 500 to 599.'),
    retry_delay: integer(0, 86_400)
      .default(60)
      .describe(
        'Seconds to wait before the second try; every further wait is twice as long, a day at most. Up to a fifth more is added by chance, and a receiver may ask for more by Retry-After.',
      ),
    campaigns: commaList((id) => /^[1-9]\d{0,9}$/.test(id), 'must be ids of campaigns such as 3,4')
      .default('')
      .describe('Only conversions of these campaigns, by id; empty is all of them.'),
    countries: commaList(
      (code) => /^[A-Z]{2}$/.test(code),
      'must be two-letter country codes such as DE,MX',
      (code) => code.toUpperCase(),
    )
      .default('')
      .describe('Only visitors from these countries, by code; empty is all of them.'),
    headers: headerMap()
      .default({})
      .describe(
        'Headers of the request by name; values may have macros. JSON as Content-Type makes the body of a POST JSON.',
      ),
    params: nameValues()
      .default({})
      .describe('Further parameters by name, values may have macros: in the query with GET, in the body with POST.'),
    /** Always active: a postback is deleted for good, and `status` switches it off. Every kind has a state. */
    state: state().default('active').describe('Always active, unless said otherwise: it is deleted for good.'),
  }),
  unique: [],
  references: {},
  moneyFields: [],
})
export type Postback = Stored<typeof postback>

/** Clients name one kind of conversion in the singular, too. */
function toTrigger(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const word = value.trim().toLowerCase()
  return { lead: 'leads', sale: 'sales', all: 'any', '': 'any' }[word] ?? word
}
