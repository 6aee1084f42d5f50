import { textFilter } from './families.ts'

export const deviceModel = textFilter({
  label: 'Device model',
  help: 'The device model holds one of these texts; masks and regular expressions work.',
  group: 'device',
  example: ['iPhone', 'SM-G9*'],
  column: 'device_model',
  read: (click) => click.device.model,
  partial: true,
})
