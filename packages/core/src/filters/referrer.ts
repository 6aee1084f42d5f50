import { textFilter } from './families.ts'

export const referrer = textFilter({
  label: 'Referrer',
  help: 'The referrer equals one of these texts; use masks or regular expressions to match a part of it.',
  group: 'traffic',
  example: ['*google.*'],
  column: 'referrer',
  read: (click) => click.referrer,
  isWhole: (value) => value.includes('://'),
})
