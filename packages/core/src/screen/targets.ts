import { type Click, PARAMETER_SLOTS } from '../click/click.ts'

/** What a black list entry may look at, besides the address. Unknown is '' and never matches. */
export interface Target {
  readonly label: string
  read(click: Click, parameter: string): string
}

const slotTargets = Object.fromEntries(
  PARAMETER_SLOTS.map((slot): [string, Target] => [
    slot,
    { label: slot.replaceAll('_', ' '), read: (click) => click.slots[slot] ?? '' },
  ]),
)

/** Type of an entry → the text it is compared with. `ip` is looked up in a table of ranges instead. */
export const textTargets: Readonly<Record<string, Target>> = {
  user_agent: { label: 'user agent', read: (click) => click.userAgent },
  referrer: { label: 'referrer', read: (click) => click.referrer },
  country: { label: 'country', read: (click) => click.geo.country },
  isp: { label: 'provider', read: (click) => click.geo.isp },
  asn: { label: 'network number', read: (click) => (click.geo.asn === 0 ? '' : `AS${click.geo.asn}`) },
  x_requested_with: { label: 'app', read: (click) => click.xRequestedWith },
  ...slotTargets,
  parameter: {
    label: 'URL parameter',
    // Own properties only: a parameter called `constructor` was sent by nobody.
    read: ({ params }, name) => (Object.hasOwn(params, name) ? (params[name] ?? '') : ''),
  },
}

export const BLACKLIST_TYPES: readonly string[] = ['ip', ...Object.keys(textTargets)]
