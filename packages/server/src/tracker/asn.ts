import { createReadStream, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type IpAddress, parseIp } from '@trackyard/core/filters/ip-match.ts'
import { type Network, toNetwork } from './networks.ts'

/**
 * Autonomous systems by IPv4 and IPv6 range. The data package is CSV, too slow to read at every start, so it is turned
 * once into a compact file: sorted starts and ends with the index of a network; IPv6 keeps its first 48 bits.
 */
export interface AsnTable {
  /** The state of the CSV files it was made from. */
  readonly source: string
  readonly owners: readonly Owner[]
  /** Owners that were asked for already. */
  readonly networks: (Network | undefined)[]
  readonly v4: Ranges
  readonly begunBefore: BegunBefore
  readonly v6: Ranges
}

type Owner = readonly [asn: number, name: string]

interface Ranges {
  readonly starts: Float64Array
  readonly ends: Float64Array
  readonly network: Uint32Array
}

/** How many ranges of IPv4 begin before each block of 65 536 addresses: so only the few of one block are searched. */
type BegunBefore = Uint32Array

const BLOCK = 2 ** 16
const BLOCKS = 2 ** 16

function countBegun({ starts }: Ranges): BegunBefore {
  const begun = new Uint32Array(BLOCKS + 1)
  let block = 0
  for (let index = 0; index < starts.length; index++)
    for (const start = starts[index] ?? 0; block * BLOCK <= start; block++) begun[block] = index
  return begun.fill(starts.length, block)
}

/** The network an address belongs to, null for none. */
export function lookUpAsn(table: AsnTable | null, ip: IpAddress | null): Network | null {
  if (table === null || ip === null) return null
  return ip.version === 4 ? lookUpV4(table, ip.value) : lookUpV6(table, first48Bits(ip.value))
}

function lookUpV4(table: AsnTable, value: number): Network | null {
  const { starts, ends, network } = table.v4
  const block = Math.floor(value / BLOCK)
  // The last range that begins at the address or before is the one `from` or behind it, and before `to`.
  let from = (table.begunBefore[block] ?? 0) - 1
  let to = table.begunBefore[block + 1] ?? 0
  while (to - from > 1) {
    const middle = (from + to) >> 1
    if ((starts[middle] ?? 0) > value) to = middle
    else from = middle
  }
  return value <= (ends[from] ?? -1) ? networkAt(table, network[from] ?? -1) : null
}

/** Cut to 48 bits, ranges may overlap; any that holds the address will do. */
function lookUpV6(table: AsnTable, value: number): Network | null {
  const { starts, ends, network } = table.v6
  let low = 0
  let high = starts.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if ((starts[middle] ?? 0) > value) high = middle - 1
    else if ((ends[middle] ?? 0) < value) low = middle + 1
    else return networkAt(table, network[middle] ?? -1)
  }
  return null
}

function networkAt({ networks, owners }: AsnTable, index: number): Network | null {
  const known = networks[index]
  if (known) return known
  const owner = owners[index]
  if (!owner) return null
  const network = toNetwork(...owner)
  networks[index] = network
  return network
}

/** Reads the compact file; null when it is not there yet or cannot be used. */
export function loadAsn(cacheDir: string): AsnTable | null {
  try {
    const path = cacheFile(cacheDir)
    if (!existsSync(path)) return null
    const bytes = readFileSync(path)
    const end = bytes.indexOf(10)
    const head: unknown = JSON.parse(bytes.toString('utf8', 0, end))
    if (!isHead(head) || bytes.length !== end + 1 + sizeOf(head.v4) + sizeOf(head.v6)) return null
    // The arrays are views of the file's bytes: the writer pads the head so that they lie on their boundaries.
    let at = bytes.byteOffset + end + 1
    const ranges = (count: number): Ranges => {
      const starts = new Float64Array(bytes.buffer, at, count)
      const ends = new Float64Array(bytes.buffer, at + count * 8, count)
      const network = new Uint32Array(bytes.buffer, at + count * 16, count)
      at += sizeOf(count)
      return { starts, ends, network }
    }
    const v4 = ranges(head.v4)
    const v6 = ranges(head.v6)
    return { source: head.source, owners: head.networks, networks: [], v4, begunBefore: countBegun(v4), v6 }
  } catch {
    return null
  }
}

interface Head {
  readonly source: string
  readonly networks: readonly Owner[]
  readonly v4: number
  readonly v6: number
}

function isHead(value: unknown): value is Head {
  const { source, networks, v4, v6 } = Object(value)
  const isCount = (count: unknown): boolean => Number.isSafeInteger(count) && Number(count) >= 0
  return typeof source === 'string' && Array.isArray(networks) && networks.every(isOwner) && isCount(v4) && isCount(v6)
}
const isOwner = (value: unknown): boolean =>
  Array.isArray(value) && typeof value[0] === 'number' && typeof value[1] === 'string'

const sizeOf = (count: number): number => count * 16 + Math.ceil(count / 2) * 8

const CSV_FILES = ['asn-ipv4.csv', 'asn-ipv6.csv'] as const

/** Tells whether the CSV files are those that a table was made from. */
export const asnSource = (packageDir: string): string =>
  CSV_FILES.map((file) => {
    const stat = statSync(join(packageDir, file), { throwIfNoEntry: false })
    return stat ? `${stat.size}:${stat.mtimeMs}` : ''
  }).join(' ')

/** Builds the compact file from the CSV files in `packageDir`. Takes about a second. */
export async function buildAsn(packageDir: string, cacheDir: string): Promise<void> {
  const source = asnSource(packageDir)
  const networks: [number, string][] = []
  const indexOf = new Map<string, number>()
  const read = async (file: (typeof CSV_FILES)[number]): Promise<Ranges> => {
    const starts: number[] = []
    const ends: number[] = []
    const network: number[] = []
    for await (const line of createInterface({ input: createReadStream(join(packageDir, file)) })) {
      const match = /^([^,]+),([^,]+),(\d+),"?(.*?)"?$/.exec(line)
      if (!match) continue
      const [, start = '', end = '', asn = '', name = ''] = match
      const key = `${asn},${name}`
      let index = indexOf.get(key)
      if (index === undefined) {
        index = networks.push([Number(asn), name.replaceAll('""', '"')]) - 1
        indexOf.set(key, index)
      }
      starts.push(toNumber(start))
      ends.push(toNumber(end))
      network.push(index)
    }
    return { starts: Float64Array.from(starts), ends: Float64Array.from(ends), network: Uint32Array.from(network) }
  }
  const v4 = await read('asn-ipv4.csv')
  const v6 = await read('asn-ipv6.csv')
  const json = JSON.stringify({ source, networks, v4: v4.starts.length, v6: v6.starts.length })
  const head = Buffer.from(`${json}${' '.repeat(7 - (Buffer.byteLength(json) % 8))}\n`)
  if (v4.starts.length === 0 || v6.starts.length === 0) throw new Error('the ASN data hold no ranges')
  const parts = [v4, v6].flatMap(({ starts, ends, network }) => [
    Buffer.from(starts.buffer),
    Buffer.from(ends.buffer),
    Buffer.from(network.buffer),
    Buffer.alloc((network.length % 2) * 4),
  ])
  const path = cacheFile(cacheDir)
  writeFileSync(`${path}.tmp`, Buffer.concat([head, ...parts]))
  renameSync(`${path}.tmp`, path)
}

const cacheFile = (cacheDir: string): string => join(cacheDir, 'asn-3.bin')

function toNumber(text: string): number {
  const ip = parseIp(text)
  return ip === null ? -1 : ip.version === 4 ? ip.value : first48Bits(ip.value)
}

/** Ranges in routing data are never finer than /48. */
const first48Bits = (value: bigint): number => Number(value >> 80n)
