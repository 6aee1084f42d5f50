import type { EntityOf } from '@trackyard/core/entities/index.ts'
import type { LocalFiles } from '@trackyard/core/entities/local-files.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import type { Backend } from '../context.ts'
import type { Input } from '../http/read-body.ts'
import type { SaveTools } from '../resources/resource.ts'
import { openArchive, shortList } from './archive.ts'
import { onDisk } from './disk.ts'
import { newFolder } from './folder.ts'
import type { FileStore } from './store.ts'

/** The kinds of entities that may have files. */
export type FileKind = 'landing_pages' | 'offers'
export const TYPE_FIELDS = { landing_pages: 'landing_type', offers: 'offer_type' } as const

/** Larger pages are no pages: every visitor gets all of it at once. */
export const MAX_INDEX_BYTES = 1_048_576
/** How long the version before stays: trackers may not know of the change yet, and a backup may be reading it. */
const RETIRE_MS = 600_000

/** Saves an entity; `files` are new files of it, to be written with the rest. */
type Save<T> = (input: Input, files: LocalFiles | null) => Promise<Result<T>>

/**
 * Unpacks the field `archive` of a request, if there is one, saves the entity with it and then lets go of the files that
 * it had before. `id` is null for a new entity. Whatever fails, the entity keeps what it had.
 */
export async function saveWithArchive<T>(
  kind: FileKind,
  id: number | null,
  input: Input,
  { files, configStore }: Backend,
  save: Save<T>,
): Promise<Result<T>> {
  const zip = readArchiveField(input.archive)
  if (!zip.ok) return zip
  const given = withLocalType(kind, input, zip.value !== null)
  const content = zip.value
  if (content === null) return save(given, null)
  const work = async (): Promise<Result<T>> => {
    const current = id === null ? null : await configStore.get(kind, id)
    if (id !== null && !current) return save(given, null)
    const folder =
      current?.files?.folder ?? newFolder(typeof input.name === 'string' ? input.name : (current?.name ?? kind))
    const written = await onDisk(() => unpack(content, folder, files))
    if (!written.ok) return written
    return keepIfSaved(files, current?.files ?? null, written.value, () => save(given, written.value))
  }
  return id === null ? work() : files.inTurn(`${kind} ${id}`, work)
}

/** Lets go of the new files when they are not saved, and of the old ones when they are. */
export async function keepIfSaved<T>(
  files: FileStore,
  before: LocalFiles | null,
  after: LocalFiles,
  save: () => Promise<Result<T>>,
): Promise<Result<T>> {
  let isSaved = false
  try {
    const saved = await save()
    isSaved = saved.ok
    return saved
  } finally {
    if (!isSaved) await files.remove(after)
    else if (before) await files.remove(before, RETIRE_MS)
  }
}

/** Files of a copy: a folder of its own with the same content. */
export async function copyFiles(
  original: Pick<EntityOf<FileKind>, 'files' | 'name'>,
  { files, hint }: Pick<SaveTools, 'files' | 'hint'>,
): Promise<{ readonly files: LocalFiles | null }> {
  const from = original.files
  if (!from) return { files: null }
  const paths = await files.list(from)
  if (!paths) {
    hint(`The files in ${from.folder} cannot be read, so the copy has none: upload them again, or restore a backup.`)
    return { files: null }
  }
  const folder = newFolder(original.name)
  const version = await files.write(folder, (next) => next.take(from, paths))
  return { files: { folder, version, index: from.index } }
}

/** The page among files at the top of a folder; '' when there is none, or several and none is called index. */
export function indexOf(paths: readonly string[]): string {
  const pages = paths.filter((path) => /^[^/]+\.html?$/i.test(path))
  const named = (name: string) => pages.find((path) => path.toLowerCase() === name)
  return named('index.html') ?? named('index.htm') ?? (pages.length === 1 ? (pages[0] ?? '') : '')
}

async function unpack(zip: Buffer, folder: string, files: FileStore): Promise<Result<LocalFiles>> {
  const archive = await openArchive(zip)
  if (!archive.ok) return archive
  const { paths, unpack } = archive.value
  const index = indexOf(paths)
  if (index === '') return fail(problem('validation', missingIndex(paths), 'archive'))
  try {
    const version = await files.write(folder, async ({ put }) => {
      const done = await unpack(async (path, content) => {
        const refused =
          phpRefusal(path, content, 'archive') ?? (path === index ? pageRefusal(index, content, 'archive') : null)
        if (refused) throw new Unacceptable(refused)
        await put(path, content)
      })
      if (!done.ok) throw new Unacceptable(done)
    })
    return ok({ folder, version, index })
  } catch (thrown) {
    if (thrown instanceof Unacceptable) return thrown.result
    throw thrown
  }
}

/** Ends the writing of a version, which leaves nothing behind. */
class Unacceptable extends Error {
  readonly result: ReturnType<typeof fail>
  constructor(result: ReturnType<typeof fail>) {
    super('unacceptable')
    this.result = result
  }
}

/** What speaks against showing this as the page, null when nothing does. */
export function pageRefusal(index: string, content: Uint8Array, at: string): ReturnType<typeof fail> | null {
  const refuse = (what: string) =>
    fail(problem('validation', `The page ${index} ${what}: move images and scripts to files of their own`, at))
  if (content.length > MAX_INDEX_BYTES) return refuse(`is longer than ${MAX_INDEX_BYTES} bytes`)
  const macros = Buffer.from(content).toString('latin1').match(LOOKS_LIKE_A_MACRO)?.length ?? 0
  return macros > MAX_MACROS ? refuse(`has ${macros} places that look like macros`) : null
}

/** What speaks against this file when it is HTML, null when nothing does: PHP in it would be shown to visitors. */
export function phpRefusal(path: string, content: Uint8Array, at: string): ReturnType<typeof fail> | null {
  if (!/\.html?$/i.test(path) || !/<\?(?:php\b|=)/i.test(Buffer.from(content).toString('latin1'))) return null
  const message = `The page ${path} holds PHP, which is not run here: save it as HTML, as browsers get it, and leave PHP out`
  return fail(problem('validation', message, at))
}

/** Finding out how values must be written at each takes time, which the tracker takes from its visitors. */
const MAX_MACROS = 2000
const LOOKS_LIKE_A_MACRO = /\{_?[a-z][a-z0-9_-]*[:}]/gi

function missingIndex(paths: readonly string[]): string {
  if (paths.length === 0) return 'The archive holds no files'
  const pages = paths.filter((path) => /\.html?$/i.test(path))
  const held =
    pages.length > 0 ? `the pages ${shortList(pages)}: call the one visitors begin with index.html` : shortList(paths)
  return `The archive has no index.html at its top. It holds ${held}`
}

/** What the types are when files are there and nothing was said, or only half of it. */
function withLocalType(kind: FileKind, input: Input, hasArchive: boolean): Input {
  const field = TYPE_FIELDS[kind]
  const isUnset = (name: string): boolean => (input[name] ?? '') === ''
  const isLocal = input[field] === 'local' || (isUnset(field) && (input.action_type === 'local_file' || hasArchive))
  if (!isLocal) return input
  return { ...input, [field]: 'local', ...(isUnset('action_type') ? { action_type: 'local_file' } : {}) }
}

/** The archive as bytes: a file of a multipart form, base64, or a data URL; null when there is none. */
function readArchiveField(value: unknown): Result<Buffer | null> {
  if (value === undefined || value === null || value === '') return ok(null)
  if (value instanceof Uint8Array) return value.length === 0 ? ok(null) : ok(Buffer.from(value))
  const refused = fail(problem('validation', 'must be a ZIP file as base64 text, or uploaded as a file', 'archive'))
  if (typeof value !== 'string') return refused
  // A form turns the + of base64 into a space.
  const base64 = value
    .replace(/^data:[^,]{0,100},/, '')
    .replace(/[\r\n\t]/g, '')
    .replaceAll(' ', '+')
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(base64)) return refused
  return ok(Buffer.from(base64, 'base64'))
}
