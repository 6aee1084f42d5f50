import { oneOfFilter } from './families.ts'
import { BROWSER_ALIASES, BROWSER_NAMES } from './known-names.ts'

export const browser = oneOfFilter({
  label: 'Browser',
  help: 'The browser is one of these. An unknown one never matches.',
  group: 'device',
  example: ['Chrome'],
  column: 'browser',
  known: BROWSER_NAMES,
  aliases: BROWSER_ALIASES,
  read: (click) => click.device.browser,
})
