import { oneOfFilter } from './families.ts'

export const browser = oneOfFilter({
  label: 'Browser',
  help: 'The browser is one of these. An unknown one never matches.',
  group: 'device',
  example: '["Chrome"]',
  read: (click) => click.device.browser,
})
