import type { EntityOf } from '@trackyard/core/entities/index.ts'
import type { LocalFiles } from '@trackyard/core/entities/local-files.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { isServerCode, parseFilePath } from '../../file-path.ts'
import type { Backend } from '../context.ts'
import { notFound, updateEntity } from '../resources/save.ts'
import { resources } from '../resources/with-files.ts'
import { type ApiRequest, idOf } from '../route.ts'
import { ARCHIVE_LIMITS } from './archive.ts'
import { onDisk } from './disk.ts'
import { newFolder } from './folder.ts'
import { type FileKind, indexOf, keepIfSaved, pageRefusal, phpRefusal, TYPE_FIELDS } from './uploads.ts'

/** What becomes of one file: its new content, or null to remove it (or the folder of that name). */
interface Change {
  readonly path: string
  readonly content: Uint8Array | null
}

/**
 * Changes one file of an entity: a new version with all other files as they were. `decide` sees which files there are
 * and says what to do or why not. Answers the path.
 */
export async function editFile(
  kind: FileKind,
  request: ApiRequest,
  backend: Backend,
  decide: (path: string, paths: readonly string[]) => Result<Uint8Array | null>,
): Promise<Result<{ path: string }>> {
  const path = parseFilePath(request.input.path, 'path')
  if (!path.ok) return path
  const id = idOf(request)
  return backend.files.inTurn(`${kind} ${id}`, async () => {
    const entity = await backend.configStore.get(kind, id)
    if (!entity) return notFound(kind, id)
    const paths = entity.files ? await backend.files.list(entity.files) : []
    if (!paths) return fail(unreadable(entity))
    const content = decide(path.value, paths)
    if (!content.ok) return content
    const change = { path: path.value, content: content.value }
    const refused = refusal(change, paths, entity)
    if (refused) return refused
    return onDisk(() => writeChange(kind, entity, change, paths, request, backend))
  })
}

/** Why a change is not made, null when nothing speaks against it. */
function refusal(
  { path, content }: Change,
  paths: readonly string[],
  { files }: EntityOf<FileKind>,
): ReturnType<typeof fail> | null {
  const refuse = (message: string, at = 'path') => fail(problem('validation', message, at))
  if (content === null)
    return files?.index === path
      ? refuse(`"${path}" is the page itself and cannot be removed: change it, or archive the whole`)
      : null
  if (isServerCode(path)) return refuse(`"${path}" would be PHP, which is not run here: use .html`)
  if (paths.some((other) => other.startsWith(`${path}/`))) return refuse(`"${path}" is a folder: name a file in it`)
  const blocked = paths.find((other) => path.startsWith(`${other}/`))
  if (blocked) return refuse(`"${blocked}" is a file and no folder: choose another path`)
  if (content.length > ARCHIVE_LIMITS.fileBytes)
    return refuse(`must be at most ${ARCHIVE_LIMITS.fileBytes} bytes`, 'data')
  if (paths.length >= ARCHIVE_LIMITS.files && !paths.includes(path))
    return refuse(`There are ${paths.length} files already: remove some first`)
  const php = phpRefusal(path, content, 'data')
  return php ?? (indexOf([...paths, path]) === path ? pageRefusal(path, content, 'data') : null)
}

async function writeChange(
  kind: FileKind,
  entity: EntityOf<FileKind>,
  { path, content }: Change,
  paths: readonly string[],
  request: ApiRequest,
  backend: Backend,
): Promise<Result<{ path: string }>> {
  const before = entity.files
  const kept = paths.filter((other) => other !== path && !(content === null && other.startsWith(`${path}/`)))
  const folder = before?.folder ?? newFolder(entity.name)
  const version = await backend.files.write(folder, async ({ take, put }) => {
    if (before) await take(before, kept)
    if (content) await put(path, content)
  })
  const after: LocalFiles = { folder, version, index: indexOf(content === null ? kept : [...kept, path]) }
  // The first file makes a page that is shown from here, unless it was said to be something else.
  const isUndecided = before === null && !entity.action_payload && entity.action_type === 'http'
  const types = isUndecided ? { [TYPE_FIELDS[kind]]: 'local', action_type: 'local_file' } : {}
  const saved = await keepIfSaved(backend.files, before, after, () =>
    updateEntity(resources[kind], entity.id, types, request, backend, { files: after }),
  )
  return saved.ok ? ok({ path }) : saved
}

/** Files that the configuration knows and the disk does not: the operator must know, visitors see an empty page. */
export const unreadable = ({ files }: Pick<EntityOf<FileKind>, 'files'>) =>
  problem('unavailable', `The files in ${files?.folder ?? ''} cannot be read. Upload them again, or restore a backup.`)
