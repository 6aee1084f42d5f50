import { crc32 } from 'node:zlib'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl'
import { isServerCode, parseFilePath } from '../../file-path.ts'

/** What an archive may hold, counted while it is unpacked: what it says of itself may be a lie. */
export interface ArchiveLimits {
  readonly files: number
  readonly fileBytes: number
  readonly totalBytes: number
}

const MB = 1_048_576
export const ARCHIVE_LIMITS: ArchiveLimits = { files: 5000, fileBytes: 64 * MB, totalBytes: 256 * MB }

/** An archive that was looked through and may be unpacked. */
export interface Archive {
  /** Relative paths by the rules of parseFilePath. */
  readonly paths: readonly string[]
  /** Hands over one file after the other. A problem ends it: then what was handed over is of no use. */
  unpack(write: (path: string, content: Buffer) => Promise<void>): Promise<Result<null>>
}

/**
 * Looks through a ZIP archive: everything about it that can be known without unpacking is checked here. A folder that
 * holds everything is left out of the paths. Problems are at `archive`.
 */
export async function openArchive(zip: Buffer, limits: ArchiveLimits = ARCHIVE_LIMITS): Promise<Result<Archive>> {
  // Names come as bytes: the library would guess their encoding.
  const opened = await fromBufferPromise(zip, { lazyEntries: true, decodeStrings: false, autoClose: false }).catch(
    unreadable,
  )
  if ('ok' in opened) return opened
  // More entries than that cannot all be files that are allowed, with a generous share of folders.
  if (opened.entryCount > limits.files * 4) return refuse(`holds more than ${limits.files} files`)
  const entries = await readEntries(opened).catch(unreadable)
  if ('ok' in entries) return entries
  const chosen = choose(entries, limits)
  return chosen.ok ? ok(toArchive(opened, withoutWrapper(chosen.value), limits)) : chosen
}

interface Chosen {
  readonly path: string
  readonly entry: Entry
}

function toArchive(zip: ZipFile, chosen: readonly Chosen[], limits: ArchiveLimits): Archive {
  return {
    paths: chosen.map(({ path }) => path),
    async unpack(write) {
      let left = limits.totalBytes
      for (const { path, entry } of chosen) {
        const content = await readEntry(zip, path, entry, Math.min(left, limits.fileBytes)).catch(unreadable)
        if (!content.ok) return content
        left -= content.value.length
        await write(path, content.value)
      }
      return ok(null)
    },
  }
}

async function readEntries(zip: ZipFile): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const entry of zip.eachEntry()) entries.push(entry)
  return entries
}

async function readEntry(zip: ZipFile, path: string, entry: Entry, maxBytes: number): Promise<Result<Buffer>> {
  const stream = await zip.openReadStreamPromise(entry)
  const chunks: Buffer[] = []
  let length = 0
  let sum = 0
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    if (length > maxBytes) return refuse(`unpacks to more than is allowed at "${path}"`)
    sum = crc32(bytes, sum)
    chunks.push(bytes)
  }
  return sum === entry.crc32 ? ok(Buffer.concat(chunks)) : refuse(`is damaged at "${path}": pack it again`)
}

/** The files that are to be unpacked, every one of them acceptable. */
function choose(entries: readonly Entry[], limits: ArchiveLimits): Result<Chosen[]> {
  const chosen: Chosen[] = []
  for (const entry of entries) {
    const name = decodeName(entry)
    if (name === null) return refuse('holds a file whose name is not UTF-8: rename it or pack with another program')
    if (isLink(entry)) return refuse(`holds "${printable(name)}", which is a link or device and no file`)
    if (entry.generalPurposeBitFlag & ENCRYPTED) return refuse('is encrypted: pack it without a password')
    if (isUseless(name)) continue
    const path = parseFilePath(name.replace(/\/$/, ''), 'archive')
    if (!path.ok) return refuse(`cannot be used: ${path.problems.map(({ message }) => message).join(', ')}`)
    if (!name.endsWith('/')) chosen.push({ path: path.value, entry })
  }
  const php = chosen.filter(({ path }) => isServerCode(path)).map(({ path }) => path)
  if (php.length > 0)
    return refuse(`holds PHP, which is not run here: ${shortList(php)}. Save the page as HTML and leave PHP out`)
  if (chosen.length > limits.files) return refuse(`holds ${chosen.length} files: at most ${limits.files} are allowed`)
  const tooBig = chosen.find(({ entry }) => entry.uncompressedSize > limits.fileBytes)
  if (tooBig) return refuse(`holds "${tooBig.path}" with more than ${limits.fileBytes} bytes`)
  if (chosen.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0) > limits.totalBytes)
    return refuse(`unpacks to more than ${limits.totalBytes} bytes`)
  return clashes(chosen) ?? ok(chosen)
}

/** Two entries of one name, or a file where another needs a folder: which one is meant, nobody knows. */
function clashes(chosen: readonly Chosen[]): ReturnType<typeof refuse> | null {
  const seen = new Set<string>()
  for (const { path } of chosen) {
    if (seen.has(path)) return refuse(`holds "${path}" twice`)
    seen.add(path)
  }
  for (const { path } of chosen) {
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      if (seen.has(path.slice(0, slash))) return refuse(`holds "${path.slice(0, slash)}" as a file and as a folder`)
    }
  }
  return null
}

/** Many programs pack the folder, not what is in it. */
function withoutWrapper(chosen: readonly Chosen[]): readonly Chosen[] {
  const [first] = chosen
  const wrapper = first ? first.path.slice(0, first.path.indexOf('/') + 1) : ''
  if (wrapper === '' || !chosen.every(({ path }) => path.startsWith(wrapper))) return chosen
  return withoutWrapper(chosen.map(({ path, entry }) => ({ path: path.slice(wrapper.length), entry })))
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decodeName(entry: Entry): string | null {
  try {
    return utf8.decode(entry.fileNameRaw)
  } catch {
    return null
  }
}

/** Traditional or strong encryption, or a hidden directory. */
const ENCRYPTED = 0x1 | 0x40 | 0x2000
const FILE_TYPE = 0xf000

/** By the file type of Unix in the upper half; 0 says nothing, files and folders are welcome. */
const isLink = ({ externalFileAttributes }: Entry): boolean =>
  ![0, 0x8000, 0x4000].includes((externalFileAttributes >>> 16) & FILE_TYPE)

/** What programs leave behind, and settings of web servers: neither belongs to a page, nor is it a reason to refuse it. */
const isUseless = (name: string): boolean =>
  /(^|\/)(__MACOSX|Thumbs\.db|desktop\.ini|\.[^./][^/]*)(\/|$)/i.test(name) && !/(^|\/)\.\.(\/|$)/.test(name)

const refuse = (what: string) => fail(problem('validation', `The archive ${what}`, 'archive'))
const unreadable = (error: unknown) =>
  refuse(`cannot be read as ZIP: ${printable(error instanceof Error ? error.message : String(error))}`)

export const shortList = (names: readonly string[]): string =>
  names.length <= 10 ? names.join(', ') : `${names.slice(0, 10).join(', ')} and ${names.length - 10} more`

const printable = (text: string): string =>
  text
    .slice(0, 160)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '?')
