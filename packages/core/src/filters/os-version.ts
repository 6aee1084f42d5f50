import { versionFilter } from './families.ts'

export const osVersion = versionFilter({
  label: 'OS version',
  help: 'The version of the operating system is one of these or starts with it: 10.2 also means 10.2.1, but not 10.20.',
  group: 'device',
  example: ['14', '10.2'],
  column: 'os_version',
  read: (click) => click.device.osVersion,
})
