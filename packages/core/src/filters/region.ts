import { defineFilter } from './filter.ts'
import { valueList } from './payload.ts'

const EXAMPLE = ['California', 'US_CA']
const REGION_CODE = /^[a-z]{2}[-_][a-z0-9]{1,3}$/i

export const region = defineFilter({
  label: 'Region',
  help: 'The visitor is in one of these regions, as codes such as US_CA (a dash does as well) or names. An unknown region never matches.',
  group: 'geo',
  params: valueList(EXAMPLE, /[\r\n,;]+/),
  example: EXAMPLE,
  column: 'region',
  doubts: (regions) =>
    regions
      .filter((name) => REGION_CODE.test(name))
      .map((code) => `asks for the code ${code}: the bundled geo data know regions by name only, so add the name.`),
  compile(regions) {
    const wanted = new Set(regions.map(toKey))
    return ({ geo }) => geo.region !== '' && wanted.has(toKey(geo.region))
  },
})

const toKey = (text: string): string => text.toLowerCase().replaceAll('-', '_')
