import { defineFilter } from './filter.ts'
import { noPayload } from './payload.ts'

export const bot = defineFilter({
  label: 'Bot',
  help: 'The visitor looks like a bot.',
  group: 'traffic',
  params: noPayload(),
  example: null,
  column: 'is_bot',
  asksFor: () => 'a bot',
  compile: () => (click) => click.isBot,
})
