import { oneOfFilter } from './families.ts'

export const os = oneOfFilter({
  label: 'Operating system',
  help: 'The operating system is one of these. An unknown one never matches.',
  group: 'device',
  example: '["Android", "iOS"]',
  read: (click) => click.device.os,
})
