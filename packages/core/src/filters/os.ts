import { oneOfFilter } from './families.ts'
import { OS_ALIASES, OS_NAMES } from './known-names.ts'

export const os = oneOfFilter({
  label: 'Operating system',
  help: 'The operating system is one of these. An unknown one never matches.',
  group: 'device',
  example: ['Android', 'iOS'],
  column: 'os',
  known: OS_NAMES,
  aliases: OS_ALIASES,
  read: (click) => click.device.os,
})
