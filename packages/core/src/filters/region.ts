import { defineFilter } from './filter.ts'
import { valueList } from './payload.ts'

export const region = defineFilter({
  label: 'Region',
  help: 'The visitor is in one of these regions, as codes such as US_CA (a dash does as well) or names. An unknown region never matches.',
  group: 'geo',
  params: valueList('["US_CA", "DE_BY"]', /[\r\n,;]+/),
  compile(regions) {
    const wanted = new Set(regions.map(toKey))
    return ({ geo }) => geo.region !== '' && wanted.has(toKey(geo.region))
  },
})

const toKey = (text: string): string => text.toLowerCase().replaceAll('-', '_')
