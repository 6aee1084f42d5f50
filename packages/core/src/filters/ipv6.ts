import { defineFilter } from './filter.ts'
import { parseIp } from './ip-match.ts'
import { noPayload } from './payload.ts'

export const ipv6 = defineFilter({
  label: 'IPv6',
  help: 'The visitor came over IPv6.',
  group: 'geo',
  params: noPayload(),
  example: null,
  column: 'ip',
  asksFor: () => 'an IPv6 address',
  compile: () => (click) => parseIp(click.ip)?.version === 6,
})
