import { z } from 'zod'
import { defineEntity, type Stored } from './entity.ts'
import { requiredText, state, text } from './fields.ts'

/** Pays for conversions and sends postbacks (reference admin-api §2.1). */
export const affiliateNetwork = defineEntity({
  name: 'affiliate_networks',
  label: 'affiliate network',
  fields: z.object({
    name: requiredText('Name'),
    state: state().default('active'),
    postback_url: text(2000).nullable().default(''),
    /** Query fragment added to the URLs of this network's offers, e.g. `s1={subid}`. */
    offer_param: text(2000).nullable().default(''),
    template_name: text(100).nullable().default(''),
    notes: text(10_000).nullable().default(''),
  }),
  unique: ['name'],
  references: {},
  moneyFields: [],
})
export type AffiliateNetwork = Stored<typeof affiliateNetwork>
