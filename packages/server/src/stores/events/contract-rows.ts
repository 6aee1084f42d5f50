/** Rows for the tests of event stores. */

export const AT_MS = Date.UTC(2026, 1, 3, 14, 5, 9, 123)
let made = 0
/** A sub id of our shape that came at this time and is not like any other. */
export const makeSubId = (atMs: number): string =>
  `${atMs.toString(36).padStart(8, '0')}${(++made).toString(36).padStart(9, '0')}`

export const clickRow = (
  subId: string,
  more: Record<string, string | number> = {},
): Record<string, string | number> => ({
  sub_id: subId,
  datetime: AT_MS,
  campaign_id: 41,
  country: 'PL',
  sub_id_3: 'zone "7"\n\\ and tab\t, quote \' and ❤',
  cost: 50_000,
  roll: 4_294_967_295,
  is_bot: 1,
  trace: '12:f0',
  ...more,
})
