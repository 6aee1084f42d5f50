import type { FileHandle } from 'node:fs/promises'
import { text } from 'node:stream/consumers'

const BLOCK = 512
const NAME_BYTES = 100
const MAX_SIZE = 0o77777777777
const READ_BYTES = 1_048_576

/** An archive that cannot be read: cut off, damaged, or none at all. */
export class TarError extends Error {}

/** Header of a regular file as any tar reads it (POSIX ustar); long names and sizes travel in a pax record before it. */
export function tarHeader(name: string, size: number, mtimeMs: number): Buffer {
  const bytes = Buffer.from(name)
  if (bytes.length <= NAME_BYTES && size <= MAX_SIZE) return header(bytes, size, mtimeMs, '0')
  const records = Buffer.concat([paxRecord('path', name), paxRecord('size', String(size))])
  return Buffer.concat([
    header(Buffer.from('pax'), records.length, mtimeMs, 'x'),
    records,
    tarPadding(records.length),
    header(bytes.subarray(0, NAME_BYTES), size > MAX_SIZE ? 0 : size, mtimeMs, '0'),
  ])
}

/** What fills the last block of a file of this size. */
export const tarPadding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK)

/** What ends an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK)

export interface TarEntry {
  readonly name: string
  readonly size: number
  /** Must be read to its end before the next entry is asked for. */
  readonly content: AsyncGenerator<Buffer>
}

/** The regular files of an archive in order. Throws TarError where it is cut off or damaged. */
export async function* readTar(file: FileHandle): AsyncGenerator<TarEntry> {
  let position = 0
  async function take(length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length)
    for (let filled = 0; filled < length; ) {
      const { bytesRead } = await file.read(buffer, filled, length - filled, position)
      if (bytesRead === 0) throw new TarError('it ends too early')
      filled += bytesRead
      position += bytesRead
    }
    return buffer
  }
  async function* contentOf(size: number): AsyncGenerator<Buffer> {
    for (let left = size; left > 0; ) {
      const chunk = await take(Math.min(left, READ_BYTES))
      left -= chunk.length
      yield chunk
    }
    await take(tarPadding(size).length)
  }
  for (let pax: Readonly<Record<string, string>> = {}; ; ) {
    const block = await take(BLOCK)
    if (block.every((byte) => byte === 0)) return
    const { name, size, type } = parseHeader(block)
    if (type === 'x') {
      if (size > READ_BYTES) throw new TarError('it has a header that is too long')
      pax = parsePax(await text(contentOf(size)))
      continue
    }
    if (type !== '0') throw new TarError(`it holds "${name}", which is not a regular file`)
    const actualSize = Number(pax.size ?? size)
    yield { name: pax.path ?? name, size: actualSize, content: contentOf(actualSize) }
    pax = {}
  }
}

function header(name: Buffer, size: number, mtimeMs: number, type: '0' | 'x'): Buffer {
  const block = Buffer.alloc(BLOCK)
  const octal = (value: number, at: number, digits: number): void =>
    void block.write(value.toString(8).padStart(digits, '0'), at, 'latin1')
  name.copy(block)
  octal(0o600, 100, 7)
  octal(0, 108, 7)
  octal(0, 116, 7)
  octal(size, 124, 11)
  octal(Math.max(0, Math.floor(mtimeMs / 1000)), 136, 11)
  block.write(type, 156, 'latin1')
  block.write('ustar\x0000', 257, 'latin1')
  octal(checksumOf(block), 148, 6)
  block.write('\0 ', 154, 'latin1')
  return block
}

function parseHeader(block: Buffer): { name: string; size: number; type: string } {
  const field = (at: number, length: number): string => block.toString('utf8', at, at + length).replace(/\0.*$/s, '')
  const sum = Number.parseInt(field(148, 8), 8)
  if (sum !== checksumOf(block)) throw new TarError('it is damaged, or no archive')
  return { name: field(0, NAME_BYTES), size: Number.parseInt(field(124, 12), 8), type: field(156, 1) || '0' }
}

/** The sum of all bytes, those of the checksum itself counted as spaces. */
const checksumOf = (block: Buffer): number =>
  block.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 32 : byte), 0)

/** `<length> <key>=<value>\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest + String(rest).length
  if (rest + String(length).length !== length) length = rest + String(length).length
  return Buffer.from(`${length} ${key}=${value}\n`)
}

const parsePax = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/\d+ (\w+)=([^\n]*)\n/g)].map(([, key = '', value = '']) => [key, value]))
