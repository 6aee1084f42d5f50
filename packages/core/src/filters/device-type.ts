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

/** Names that the detector of other trackers and people have for the same (reference click-processing §8.3). */
const ALIASES: Readonly<Record<string, string>> = {
  smartphone: 'mobile',
  feature_phone: 'mobile',
  phablet: 'mobile',
  phone: 'mobile',
  player: 'media_player',
  portable_media_player: 'media_player',
  game_console: 'console',
  smart_speaker: 'smart_display',
}

/** `Smart display` is how people write it, `smart_display` how it is stored. */
function toKey(type: string): string {
  const key = type.toLowerCase().replaceAll(/[\s-]+/g, '_')
  return Object.hasOwn(ALIASES, key) ? (ALIASES[key] ?? key) : key
}

const EXAMPLE = ['mobile', 'tablet']
const NAMED = [...DEVICE_TYPES].join(', ')

export const deviceType = defineFilter({
  label: 'Device type',
  help: `The device is of one of these types: ${NAMED}.`,
  group: 'device',
  example: EXAMPLE,
  column: 'device_type',
  params: valueList(EXAMPLE).refine((types) => types.every((type) => DEVICE_TYPES.has(toKey(type))), {
    error: `knows only these types: ${NAMED}`,
  }),
  compile(types) {
    const wanted = new Set(types.map(toKey))
    return (click) => wanted.has(click.device.type)
  },
})
