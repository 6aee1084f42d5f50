import { EXTRA_PARAM_SLOTS, SOURCE_SLOTS, SUB_ID_SLOTS } from '@trackyard/core/click/click.ts'
import type { Status } from '@trackyard/core/conversion/statuses.ts'
import { type Postback, splitList } from '@trackyard/core/entities/postback.ts'
import type { Micros } from '@trackyard/core/money.ts'
import type { ConversionFacts } from '@trackyard/core/postbacks/conversion-facts.ts'

interface Sample {
  readonly status: Status
  readonly revenueMicros: Micros
  readonly tid: string
}

/** A made-up conversion for trying a postback out: every macro prints something that can be recognised. */
export function sampleFacts(
  postback: Postback,
  { status, revenueMicros, tid }: Sample,
  { exchange, fileText }: Pick<ConversionFacts, 'exchange' | 'fileText'>,
  nowMs: number,
): ConversionFacts {
  const slots = [...SOURCE_SLOTS, ...SUB_ID_SLOTS, ...EXTRA_PARAM_SLOTS].map((slot) => [slot, `test_${slot}`])
  return {
    atMs: nowMs,
    click: {
      ...Object.fromEntries(slots),
      sub_id: `${nowMs.toString(36).padStart(8, '0')}test00000`,
      campaign_id: Number(splitList(postback.campaigns)[0] ?? 1),
      visitor_code: 'testvisitor',
      host: 'tracker.example',
      ip: '203.0.113.10',
      country: splitList(postback.countries)[0] ?? 'US',
      city: 'Test City',
      language: 'en',
      device_type: 'mobile',
      os: 'Android',
      browser: 'Chrome Mobile',
      user_agent: 'Mozilla/5.0 (Test)',
      destination: 'https://offer.example/',
      cost: 50_000,
      roll: 1,
    },
    conversion: { tid, status, original_status: status, revenue: revenueMicros, conversion_cost: 50_000 },
    campaign: { id: Number(splitList(postback.campaigns)[0] ?? 1), name: 'Test campaign', parameters: {} },
    stream: { id: 1, name: 'Test stream' },
    landing: { id: 1, name: 'Test landing page' },
    offer: { id: 1, name: 'Test offer' },
    trafficSource: { id: 1, name: 'Test source' },
    fileText,
    exchange,
  }
}
