import { defineFilter } from './filter.ts'
import { noPayload } from './payload.ts'

export const datacenter = defineFilter({
  label: 'Data centre',
  help: 'The address belongs to a company that rents out servers, as most bots and many VPNs do; it is no proof of either. Kept apart from the filter bot. Unknown networks never match.',
  group: 'traffic',
  params: noPayload(),
  example: null,
  column: 'is_datacenter',
  asksFor: () => 'a data centre',
  compile: () => (click) => click.geo.isDatacenter,
})
