import { oneOfFilter } from './families.ts'

export const operator = oneOfFilter({
  label: 'Mobile operator',
  help: 'The mobile operator is one of these. An unknown operator never matches.',
  group: 'geo',
  example: '["tmobile_us"]',
  read: (click) => click.geo.operator,
})
