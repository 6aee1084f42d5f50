import { defineFilter } from './filter.ts'
import { noPayload } from './payload.ts'

export const emptyReferrer = defineFilter({
  label: 'Empty referrer',
  help: 'The visitor came without a referrer.',
  group: 'traffic',
  params: noPayload(),
  example: null,
  column: 'referrer',
  asksFor: () => 'no referrer',
  compile: () => (click) => click.referrer === '',
})
