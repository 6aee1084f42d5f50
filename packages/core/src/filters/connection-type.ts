import { oneOfFilter } from './families.ts'

export const connectionType = oneOfFilter({
  label: 'Connection type',
  help: 'The connection is of one of these types: dialup, cable, corporate, cellular, wifi.',
  group: 'geo',
  example: '["cellular"]',
  read: (click) => click.geo.connectionType,
})
