import { versionFilter } from './families.ts'

export const browserVersion = versionFilter({
  label: 'Browser version',
  help: 'The version of the browser is one of these or starts with it: 120 also means 120.0.6099.',
  group: 'device',
  example: ['120'],
  column: 'browser_version',
  read: (click) => click.device.browserVersion,
})
