import { isIPv6 } from 'node:net'
import { type Geo, UNKNOWN_GEO } from '@trackyard/core/click/click.ts'
import type { CityResponse, Reader } from 'maxmind'
import { type AsnTable, lookUpAsn } from './asn.ts'

/** Says where an address is; unknown addresses give UNKNOWN_GEO. */
export interface GeoLookup {
  find(ip: string): Geo
}

/** City data for both families of addresses; one file may hold both. */
export interface CityReaders {
  readonly v4: Reader<CityResponse>
  readonly v6: Reader<CityResponse>
}

/** Looks addresses up in what `cities` and `asn` give at that moment: both may be exchanged at any time. */
export function createGeoLookup(cities: () => CityReaders, asn: () => AsnTable | null): GeoLookup {
  // The reader gives the same object for the same place as long as it remembers it.
  const places = new WeakMap<object, Place>()
  const placeOf = (record: object): Place => {
    const known = places.get(record)
    if (known) return known
    const place = toPlace(record)
    places.set(record, place)
    return place
  }
  return {
    find(ip) {
      const record = recordOf(cities(), ip)
      const network = lookUpAsn(asn(), ip)
      if (record === null && network === null) return UNKNOWN_GEO
      const { country, region, city, isp, connectionType } = record === null ? NOWHERE : placeOf(record)
      const operator = network?.operator ?? ''
      return {
        country,
        region,
        city,
        isp: isp || (network?.name ?? ''),
        asn: network?.asn ?? 0,
        connectionType: connectionType || (operator === '' ? '' : 'cellular'),
        operator,
        isDatacenter: network?.isDatacenter ?? false,
      }
    },
  }
}

type Place = Pick<Geo, 'country' | 'region' | 'city' | 'isp' | 'connectionType'>
const NOWHERE: Place = UNKNOWN_GEO

/** A file that is damaged somewhere in the middle must not cost a visitor. */
function recordOf({ v4, v6 }: CityReaders, ip: string): object | null {
  try {
    return (isIPv6(ip) ? v6 : v4).get(ip)
  } catch {
    return null
  }
}

/** MaxMind's words for connections → ours. */
const CONNECTION_TYPES: Readonly<Record<string, string>> = {
  'cable/dsl': 'cable',
  cable: 'cable',
  dsl: 'cable',
  cellular: 'cellular',
  mobile: 'cellular',
  corporate: 'corporate',
  dialup: 'dialup',
  wifi: 'wifi',
}

/** Reads DB-IP's flat record and MaxMind's nested one, so that any city MMDB can be configured. */
function toPlace(record: object): Place {
  const country = text(record, 'country_code') || text(record, 'country', 'iso_code')
  const code = text(record, 'subdivisions', '0', 'iso_code')
  const region =
    code && country ? `${country}_${code}` : text(record, 'state1') || text(record, 'subdivisions', '0', 'names', 'en')
  const connection = text(record, 'connection_type') || text(record, 'traits', 'connection_type')
  return {
    country,
    region,
    city: text(record, 'city') || text(record, 'city', 'names', 'en'),
    isp: text(record, 'isp') || text(record, 'traits', 'isp'),
    connectionType: CONNECTION_TYPES[connection.toLowerCase()] ?? '',
  }
}

/** The text at a path of an object of unknown shape, '' when it is not there. */
function text(value: unknown, ...path: readonly string[]): string {
  let at = value
  for (const key of path) at = typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined
  return typeof at === 'string' ? at : ''
}
