interface ConversionDateDef {
  readonly help: string
  /** SQL over the table of conversions; null: conversions are counted with their click. */
  readonly time: string | null
}

/** Which date of a report a conversion belongs to (reference conversions-and-reports §7.4). */
export const conversionDates = {
  click: { help: 'That of its click: a day has all conversions its clicks ever got.', time: null },
  conversion: {
    help: 'That of its first postback. Clicks, cost and what the click itself earned stay on the date of the click.',
    time: 'postback_datetime',
  },
  sale: {
    help: 'That on which it became a sale, and of the first postback while it is none.',
    time: 'if(toUnixTimestamp64Milli(sale_datetime) = 0, postback_datetime, sale_datetime)',
  },
} as const satisfies Record<string, ConversionDateDef>
export type ConversionDate = keyof typeof conversionDates
export const CONVERSION_DATES = ['click', 'conversion', 'sale'] as const satisfies readonly ConversionDate[]
