import { oneOfFilter } from './families.ts'

export const operator = oneOfFilter({
  label: 'Mobile operator',
  help: 'The mobile operator is one of these. An unknown operator never matches.',
  group: 'geo',
  example: ['tmobile_us'],
  column: 'operator',
  // The tracker has no data that tell it: see tracker/geo.ts.
  doubts: () => [
    'matches nobody: mobile operators are not detected, so every visitor has an unknown one; use isp instead.',
  ],
  read: (click) => click.geo.operator,
})
