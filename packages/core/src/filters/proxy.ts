import { defineFilter } from './filter.ts'
import { noPayload } from './payload.ts'

export const proxy = defineFilter({
  label: 'Proxy',
  help: 'The visitor came through a proxy.',
  group: 'traffic',
  params: noPayload(),
  example: null,
  column: 'is_using_proxy',
  asksFor: () => 'a proxy',
  compile: () => (click) => click.isProxy,
})
