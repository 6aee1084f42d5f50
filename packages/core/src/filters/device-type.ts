import { defineFilter } from './filter.ts'
import { valueList } from './payload.ts'

export const deviceType = defineFilter({
  label: 'Device type',
  help: 'The device is of one of these types: desktop, mobile, tablet, console, media_player, tv, smart_display, camera, car_browser, unknown.',
  group: 'device',
  params: valueList('["mobile", "tablet"]'),
  compile(types) {
    // `Smart display` is how people write it, `smart_display` how it is stored.
    const wanted = new Set(types.map((type) => type.toLowerCase().replaceAll(/[\s-]+/g, '_')))
    return (click) => wanted.has(click.device.type)
  },
})
