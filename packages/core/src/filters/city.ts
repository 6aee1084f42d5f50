import { oneOfFilter } from './families.ts'

export const city = oneOfFilter({
  label: 'City',
  help: 'The visitor is in one of these cities. An unknown city never matches.',
  group: 'geo',
  example: ['Berlin'],
  column: 'city',
  read: (click) => click.geo.city,
})
