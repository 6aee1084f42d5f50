import { oneOfFilter } from './families.ts'

/** What the bundled data tell: the networks from which only phones come. */
const DETECTED = 'cellular'

export const connectionType = oneOfFilter({
  label: 'Connection type',
  help: 'The connection is of one of these types: dialup, cable, corporate, cellular, wifi. The bundled data know cellular only, by the networks of mobile operators; a geo file of your own may tell the others. An unknown type never matches.',
  group: 'geo',
  example: [DETECTED],
  column: 'connection_type',
  aliases: { 'cable/dsl': 'cable', 'dial-up': 'dialup', 'wi-fi': 'wifi' },
  doubts: (types) =>
    types
      .filter((type) => type.toLowerCase() !== DETECTED)
      .map(
        (type) =>
          `asks for ${type}: the bundled data know ${DETECTED} only, so it matches nobody unless your own geo file tells it; use isp or device_type instead.`,
      ),
  read: (click) => click.geo.connectionType,
})
