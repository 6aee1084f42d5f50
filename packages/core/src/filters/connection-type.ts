import { oneOfFilter } from './families.ts'

export const connectionType = oneOfFilter({
  label: 'Connection type',
  help: 'The connection is of one of these types: dialup, cable, corporate, cellular, wifi.',
  group: 'geo',
  example: ['cellular'],
  column: 'connection_type',
  // The tracker has no data that tell it: see tracker/geo.ts.
  doubts: () => [
    'matches nobody: connection types are not detected, so every visitor has an unknown one; use isp or device_type instead.',
  ],
  read: (click) => click.geo.connectionType,
})
