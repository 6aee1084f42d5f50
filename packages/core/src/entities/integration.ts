import { z } from 'zod'
import { defineEntity, type Stored } from './entity.ts'
import { flag, integer, requiredText, state, text } from './fields.ts'

export const PROXY_PROTOCOLS = ['http', 'https', 'socks5'] as const

const proxy = z.preprocess(
  (value) => (value === '' || (Array.isArray(value) && value.length === 0) ? null : value),
  z
    .object(
      {
        protocol: z
          .enum(PROXY_PROTOCOLS, { error: `must be one of ${PROXY_PROTOCOLS.join(', ')}` })
          .default('http')
          .describe('How to speak to the proxy.'),
        address: text(255).default('').describe('Host name or address of the proxy.'),
        port: integer(0, 65_535).default(0).describe('Port of the proxy.'),
        login: text(255).nullable().default('').describe('Login at the proxy.'),
        password: text(1000).nullable().default('').describe('Password at the proxy; answered masked.'),
      },
      { error: 'must be an object such as {"protocol": "http", "address": "proxy.example", "port": 3128}' },
    )
    .nullable(),
)

/** An account at an ad network (reference admin-api §2.17). `token` and the proxy's password are stored sealed. */
export const integration = defineEntity({
  name: 'integrations',
  label: 'integration',
  fields: z.object({
    integration: z.enum(['facebook'], { error: 'must be facebook' }).default('facebook').describe('The ad network.'),
    name: requiredText('Name').describe('Title of the account.'),
    ad_account_id: text(255).default('').describe('Id of the ad account, e.g. act_1234567890.'),
    token: text(4000).default('').describe('Access token of the ad network; answered masked.'),
    proxy_enabled: flag().default(false).describe('Whether requests to the ad network go through the proxy.'),
    proxy: proxy.default(null).describe('The proxy, null without one.'),
    /** Campaigns whose costs come from this account. */
    campaign_ids: z.array(z.int()).default([]).describe('Campaigns it is linked with, by id.'),
    last_error: text(1000).nullable().default(null).describe('What went wrong last, in words.'),
    last_raw_error: text(10_000).nullable().default(null).describe('What the ad network answered then.'),
    /** Always active: an account is deleted for good. Every kind has a state. */
    state: state().default('active').describe('Always active, unless said otherwise: it is deleted for good.'),
  }),
  unique: [],
  references: {},
  moneyFields: [],
})
export type Integration = Stored<typeof integration>
