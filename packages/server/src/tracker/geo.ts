import { type Geo, UNKNOWN_GEO } from '@trackyard/core/click/click.ts'
import { parseIp } from '@trackyard/core/filters/ip-match.ts'
import type { CityResponse, Reader } from 'maxmind'
import { type AsnTable, lookUpAsn } from './asn.ts'
import type { FindRecord } from './mmdb-tree.ts'
import type { Network } from './networks.ts'

/** Says where an address is; unknown addresses give UNKNOWN_GEO. */
export interface GeoLookup {
  find(ip: string): Geo
}

/** City data for both families of addresses; one file may hold both. */
export interface CityFiles {
  readonly v4: CityFile
  readonly v6: CityFile
}

export interface CityFile {
  readonly reader: Reader<CityResponse>
  readonly findRecord: FindRecord
}

/** The place and the network that visitors came from together, so that the next one from there costs no more than a look. */
interface KnownGeo {
  readonly record: number
  readonly network: Network | null
  readonly geo: Geo
}
/** Each has one seat of 32 768, which a newcomer takes. */
const SEAT_BITS = 15
const seatOf = (record: number, asn: number): number =>
  (Math.imul(record, 0x9e3779b1) ^ Math.imul(asn, 0x85ebca6b)) >>> (32 - SEAT_BITS)

/** Looks addresses up in what `cities` and `asn` give at that moment: both may be exchanged at any time. */
export function createGeoLookup(cities: () => CityFiles, asn: () => AsnTable | null): GeoLookup {
  // The reader gives the same object for the same place as long as it remembers it.
  const places = new WeakMap<object, Place>()
  const placeOf = (record: object): Place => {
    const known = places.get(record)
    if (known) return known
    const place = toPlace(record)
    places.set(record, place)
    return place
  }
  const read = (file: CityFile, address: string, network: Network | null): Geo => {
    const record = recordOf(file, address)
    if (record === null && network === null) return UNKNOWN_GEO
    return toGeo(record === null ? NOWHERE : placeOf(record), network)
  }
  let knownIn: CityFile | null = null
  let known: (KnownGeo | undefined)[] = []
  return {
    find(address) {
      const { v4, v6 } = cities()
      const ip = parseIp(address)
      if (ip === null) return UNKNOWN_GEO
      const network = lookUpAsn(asn(), ip)
      if (ip.version === 6 || address.includes(':')) return read(v6, address, network)
      if (knownIn !== v4) {
        knownIn = v4
        known = new Array(2 ** SEAT_BITS)
      }
      const record = recordNumberOf(v4, ip.value)
      const seat = seatOf(record, network?.asn ?? 0)
      const there = known[seat]
      if (there !== undefined && there.record === record && there.network === network) return there.geo
      const geo = read(v4, address, network)
      known[seat] = { record, network, geo }
      return geo
    },
  }
}

function toGeo({ country, region, city, isp, connectionType }: Place, network: Network | null): Geo {
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
}

type Place = Pick<Geo, 'country' | 'region' | 'city' | 'isp' | 'connectionType'>
const NOWHERE: Place = UNKNOWN_GEO

/** A file that is damaged somewhere in the middle must not cost a visitor. */
function recordOf({ reader }: CityFile, ip: string): object | null {
  try {
    return reader.get(ip)
  } catch {
    return null
  }
}

function recordNumberOf({ findRecord }: CityFile, ipv4: number): number {
  try {
    return findRecord(ipv4)
  } catch {
    return 0
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
