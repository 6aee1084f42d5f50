import { createReadStream, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { isIPv4, isIPv6 } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/**
 * Autonomous systems by IPv4 and IPv6 range. The data package is CSV, too slow to read at every start, so it is turned
 * once into a compact file: sorted starts and ends with the index of a network; IPv6 keeps its first 48 bits.
 */
export interface AsnTable {
  readonly networks: readonly (readonly [asn: number, name: string])[]
  readonly v4: Ranges
  readonly v6: Ranges
}

interface Ranges {
  readonly starts: Float64Array
  readonly ends: Float64Array
  readonly network: Uint32Array
}

export function lookUpAsn(table: AsnTable | null, ip: string): readonly [asn: number, name: string] | null {
  if (!table) return null
  const isV4 = isIPv4(ip)
  const ranges = isV4 ? table.v4 : table.v6
  const value = isV4 ? v4Number(ip) : v6Number(ip)
  let low = 0
  let high = ranges.starts.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if ((ranges.starts[middle] as number) > value) high = middle - 1
    else if ((ranges.ends[middle] as number) < value) low = middle + 1
    else return table.networks[ranges.network[middle] as number] ?? null
  }
  return null
}

/** Reads the compact file; null when it is not there yet or cannot be used. */
export function loadAsn(cacheDir: string): AsnTable | null {
  try {
    const path = cacheFile(cacheDir)
    if (!existsSync(path)) return null
    const bytes = readFileSync(path)
    const end = bytes.indexOf(10)
    const { networks, v4, v6 } = JSON.parse(bytes.toString('utf8', 0, end)) as {
      networks: [number, string][]
      v4: number
      v6: number
    }
    // The arrays are views of the file's bytes: the writer pads the head so that they lie on their boundaries.
    let at = bytes.byteOffset + end + 1
    const ranges = (count: number): Ranges => {
      const starts = new Float64Array(bytes.buffer, at, count)
      const ends = new Float64Array(bytes.buffer, at + count * 8, count)
      const network = new Uint32Array(bytes.buffer, at + count * 16, count)
      at += count * 16 + Math.ceil(count / 2) * 8
      return { starts, ends, network }
    }
    return { networks, v4: ranges(v4), v6: ranges(v6) }
  } catch {
    return null
  }
}

/** Builds the compact file from the CSV files in `packageDir`. Takes about a second. */
export async function buildAsn(packageDir: string, cacheDir: string): Promise<void> {
  const networks: [number, string][] = []
  const indexOf = new Map<string, number>()
  const read = async (file: string, toNumber: (ip: string) => number): Promise<Ranges> => {
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
  const v4 = await read('asn-ipv4.csv', v4Number)
  const v6 = await read('asn-ipv6.csv', v6Number)
  const json = JSON.stringify({ networks, v4: v4.starts.length, v6: v6.starts.length })
  const head = Buffer.from(`${json}${' '.repeat(7 - (Buffer.byteLength(json) % 8))}\n`)
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

const cacheFile = (cacheDir: string): string => join(cacheDir, 'asn-2.bin')

const v4Number = (ip: string): number => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)

/** The first 48 bits: ranges in routing data are never finer than /48. */
function v6Number(ip: string): number {
  if (!isIPv6(ip)) return -1
  const [left = '', right] = ip.split('::')
  const head = left ? left.split(':') : []
  const tail = right ? right.split(':') : []
  const groups =
    right === undefined
      ? head
      : [...head, ...Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0'), ...tail]
  return [0, 1, 2].reduce((sum, index) => sum * 65_536 + Number.parseInt(groups[index] || '0', 16), 0)
}
