import { textFilter } from './families.ts'

export const userAgent = textFilter({
  label: 'User agent',
  help: 'The user agent equals one of these texts; use masks or regular expressions to match a part of it.',
  group: 'device',
  example: ['*touch*'],
  column: 'user_agent',
  read: (click) => click.userAgent,
  // `curl/8.5.0` is one, `Chrome` is a part of many.
  isWhole: (value) => value.includes('/'),
})
