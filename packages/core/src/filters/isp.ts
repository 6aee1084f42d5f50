import { textFilter } from './families.ts'

export const isp = textFilter({
  label: 'Provider',
  help: 'The name of the visitor’s provider holds one of these texts; masks and regular expressions work.',
  group: 'geo',
  example: ['Example Telecom'],
  column: 'isp',
  read: (click) => click.geo.isp,
  partial: true,
})
