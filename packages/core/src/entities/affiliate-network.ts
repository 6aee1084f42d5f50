import { z } from 'zod'
import { addressList } from './address-list.ts'
import { defineEntity, type Stored } from './entity.ts'
import { requiredText, state, text } from './fields.ts'

/** Pays for conversions and sends postbacks (reference admin-api §2.1). */
export const affiliateNetwork = defineEntity({
  name: 'affiliate_networks',
  label: 'affiliate network',
  fields: z.object({
    name: requiredText('Name').describe('What people call it; no two networks have the same.'),
    state: state().default('active').describe('A deleted network is archived.'),
    postback_url: text(2000).nullable().default('').describe('Postback URL to paste in the network.'),
    /** Query fragment added to the URLs of this network's offers, e.g. `s1={subid}`. */
    offer_param: text(2000)
      .nullable()
      .default('')
      .describe('Query fragment added to the URLs of its offers, e.g. `s1={subid}`.'),
    template_name: text(100)
      .nullable()
      .default('')
      .describe('Template it was made from, as listed by affiliate_networks/templates.'),
    /** As `hashOf` wrote it: what was sent is not kept. */
    postback_token: text(200)
      .nullable()
      .default('')
      .describe(
        'Secret that the network must send along as token=… in its postbacks; postbacks about clicks of its offers are refused without it. One without is answered as any other, because an answer that differs would tell strangers whose click it is: the postback log tells. Shown masked; empty asks for none.',
      ),
    postback_ips: addressList()
      .default([])
      .describe(
        'Addresses, blocks and intervals that the network sends its postbacks from; those about clicks of its offers are refused from elsewhere. Empty allows all.',
      ),
    notes: text(10_000).nullable().default('').describe('Free text.'),
  }),
  unique: ['name'],
  references: {},
  moneyFields: [],
})
export type AffiliateNetwork = Stored<typeof affiliateNetwork>
