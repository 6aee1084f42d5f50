import { defineFilter } from './filter.ts'
import { valueList } from './payload.ts'

const DEVICE_TYPES: ReadonlySet<string> = new Set([
  'desktop',
  'mobile',
  'tablet',
  'console',
  'media_player',
  'tv',
  'smart_display',
  'camera',
  'car_browser',
  'unknown',
])

/** `Smart display` is how people write it, `smart_display` how it is stored. */
const toKey = (type: string): string => type.toLowerCase().replaceAll(/[\s-]+/g, '_')

const EXAMPLE = ['mobile', 'tablet']

export const deviceType = defineFilter({
  label: 'Device type',
  help: 'The device is of one of these types: desktop, mobile, tablet, console, media_player, tv, smart_display, camera, car_browser, unknown.',
  group: 'device',
  example: EXAMPLE,
  column: 'device_type',
  params: valueList(EXAMPLE).refine((types) => types.every((type) => DEVICE_TYPES.has(toKey(type))), {
    error: `knows only these types: ${[...DEVICE_TYPES].join(', ')}`,
  }),
  compile(types) {
    const wanted = new Set(types.map(toKey))
    return (click) => wanted.has(click.device.type)
  },
})
