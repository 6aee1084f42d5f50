import { posix } from 'node:path'
import { withBase } from '@trackyard/core/actions/local-page.ts'
import { flag, requiredText } from '@trackyard/core/entities/fields.ts'
import { type EntityOf, entities } from '@trackyard/core/entities/index.ts'
import type { LocalFiles } from '@trackyard/core/entities/local-files.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { parseFilePath } from '../../file-path.ts'
import { decodePage, folderPath } from '../../local-page-files.ts'
import { entity } from '../auth/access.ts'
import type { Backend } from '../context.ts'
import { RawAnswer } from '../http/raw-answer.ts'
import { notFound } from '../resources/save.ts'
import { type ApiRequest, idOf, type Route } from '../route.ts'
import { cleanArchiveWithFiles } from './clean-archive.ts'
import { editFile, unreadable } from './edit.ts'
import { previewHeaders } from './preview-headers.ts'
import { type FileKind, MAX_INDEX_BYTES } from './uploads.ts'
import { zipFiles } from './zip.ts'

/** Longer texts are no use in an editor. */
const MAX_EDIT_BYTES = 4 * 1_048_576

const pathField = requiredText('Path', 500).describe(
  'Path of the file below the folder of the page, such as `order/success.html`.',
)
const dataField = z.string().describe('Content: text, or any file when it is uploaded in a multipart form.')
const pathAnswer = z.object({ path: z.string().describe('Path of the file.') })
const binary = (what: string) => z.string().describe(what)

interface TreeNode {
  readonly name: string
  readonly type: 'dir' | 'file'
  readonly ext: string
  readonly path: string
  readonly children: TreeNode[]
}
const treeAnswer: z.ZodType<TreeNode> = z
  .object({
    name: z.string().describe('Name of the file or folder; of the outermost, the folder in the URL.'),
    type: z.enum(['dir', 'file']).describe('Folder or file.'),
    ext: z.string().describe('Extension of a file without the dot.'),
    path: z.string().describe('Path to use with the other routes.'),
    get children() {
      return z.array(treeAnswer).describe('What is in a folder.')
    },
  })
  .meta({ id: 'FileTree', description: 'A file, or a folder with what is in it.' })

/** The routes for the files of one kind of entity (reference admin-api §2.5). */
function fileRoutes(kind: FileKind): Route[] {
  const { label } = entities[kind]
  const of = `of the ${label}`
  const onePath = `/${kind}/:id`
  const write = (
    method: Route['method'],
    name: string,
    description: string,
    accepts: z.ZodObject,
    handle: Route['handle'],
    answers: z.ZodType = pathAnswer,
  ): Route => ({
    method,
    path: `${onePath}/${name}`,
    description,
    access: entity(kind, 'write'),
    accepts,
    answers,
    isUpload: true,
    handle,
  })
  const read = (
    name: string,
    description: string,
    answers: z.ZodType,
    work: (found: Found, request: ApiRequest, backend: Backend) => Promise<Result<unknown>>,
    accepts?: z.ZodObject,
  ): Route => ({
    method: 'GET',
    path: `${onePath}/${name}`,
    description,
    access: entity(kind, 'read'),
    ...(accepts ? { accepts } : {}),
    answers,
    async handle(request, backend) {
      const found = await find(kind, request, backend)
      return found.ok ? work(found.value, request, backend) : found
    },
  })
  return [
    write(
      'POST',
      'add_file',
      `Add a file ${of}, empty unless it has content`,
      z.object({ path: pathField, data: dataField.optional() }),
      (request, backend) =>
        editFile(kind, request, backend, (path, paths) =>
          paths.includes(path)
            ? refusePath(`There is a file "${path}" already: use update_file`)
            : content(request, true),
        ),
    ),
    write(
      'PUT',
      'update_file',
      `Replace the content of a file ${of}`,
      z.object({ path: pathField, data: dataField }),
      (request, backend) =>
        editFile(kind, request, backend, (path, paths) =>
          paths.includes(path) ? content(request, false) : noFile(path, ': use add_file to make it'),
        ),
    ),
    write(
      'DELETE',
      'remove_file',
      `Remove a file or folder ${of}`,
      z.object({ path: pathField }),
      async (request, backend) => {
        const done = await editFile(kind, request, backend, (path, paths) =>
          paths.some((one) => one === path || one.startsWith(`${path}/`)) ? ok(null) : noFile(path),
        )
        return done.ok ? ok({ success: true }) : done
      },
      z.object({ success: flag().describe('Always true: failures answer with an error.') }),
    ),
    read(
      'get_file',
      `Content of a text file ${of}`,
      z.object({ data: z.string().describe('The text.') }),
      async ({ files, paths }, request, backend) => {
        const path = parseFilePath(request.input.path, 'path')
        if (!path.ok) return path
        if (!paths.includes(path.value)) return noFile(path.value)
        const bytes = await backend.files.read(files, path.value, MAX_EDIT_BYTES)
        const text = bytes && toText(bytes)
        return text === null
          ? refusePath(`"${path.value}" is no text, or a very long one: fetch it with download`)
          : ok({ data: text })
      },
      z.object({ path: pathField }),
    ),
    {
      ...read('get_structure', `Files and folders ${of} as a tree`, treeAnswer, async () => ok(undefined)),
      async handle(request, backend) {
        const found = await backend.configStore.get(kind, idOf(request))
        if (!found) return notFound(kind, idOf(request))
        const paths = found.files ? await backend.files.list(found.files) : []
        return paths ? ok(toTree(found.files?.folder ?? '', paths)) : fail(unreadable(found))
      },
    },
    {
      ...read(
        'download',
        `All files ${of} as a ZIP archive`,
        binary('The archive.'),
        async ({ files, paths }, _, backend) =>
          ok(
            new RawAnswer('application/octet-stream', await zipFiles(files, paths, backend.files), {
              'content-disposition': `attachment; filename="${files.folder}.zip"`,
            }),
          ),
      ),
      answerType: 'application/octet-stream',
    },
    {
      ...read(
        'preview',
        `The page ${of} to look at: macros stay as they are written, and scripts cannot reach Trackyard`,
        binary('HTML.'),
        async ({ files, entity: shown }, _, backend) => {
          const bytes = files.index === '' ? null : await backend.files.read(files, files.index, MAX_INDEX_BYTES)
          if (!bytes)
            return fail(files.index === '' ? problem('not_found', `${shown.name} has no page.`) : unreadable(shown))
          return ok(
            new RawAnswer('text/html; charset=utf-8', withBase(decodePage(bytes), folderPath(files)), previewHeaders),
          )
        },
      ),
      answerType: 'text/html',
    },
  ]
}

interface Found {
  readonly entity: EntityOf<FileKind>
  readonly files: LocalFiles
  readonly paths: readonly string[]
}

async function find(kind: FileKind, request: ApiRequest, { configStore, files }: Backend): Promise<Result<Found>> {
  const found = await configStore.get(kind, idOf(request))
  if (!found) return notFound(kind, idOf(request))
  if (!found.files)
    return fail(
      problem(
        'not_found',
        `${found.name} has no files: upload a ZIP in the field archive, or make them with add_file.`,
      ),
    )
  const paths = await files.list(found.files)
  return paths ? ok({ entity: found, files: found.files, paths }) : fail(unreadable(found))
}

/** The field `data` as bytes; nothing is an empty file where that is allowed. */
function content({ input: { data } }: ApiRequest, mayBeMissing: boolean): Result<Uint8Array> {
  if (data instanceof Uint8Array) return ok(data)
  if (typeof data === 'string') return ok(Buffer.from(data))
  if (typeof data === 'number') return ok(Buffer.from(String(data)))
  if (mayBeMissing && (data === undefined || data === null)) return ok(Buffer.alloc(0))
  return fail(problem('validation', 'must be the new content as text, or an uploaded file', 'data'))
}

const refusePath = (message: string) => fail(problem('validation', message, 'path'))
const noFile = (path: string, cure = ': get_structure lists what there is') =>
  fail(problem('not_found', `There is no file "${path}"${cure}.`))

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function toText(bytes: Buffer): string | null {
  if (bytes.includes(0)) return null
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}

function toTree(folder: string, paths: readonly string[]): TreeNode {
  const root: TreeNode = { name: folder, type: 'dir', ext: '', path: '', children: [] }
  const dirs = new Map([['.', root]])
  const dirOf = (path: string): TreeNode => {
    const known = dirs.get(path)
    if (known) return known
    const made: TreeNode = { name: posix.basename(path), type: 'dir', ext: '', path, children: [] }
    dirs.set(path, made)
    dirOf(posix.dirname(path)).children.push(made)
    return made
  }
  for (const path of paths) {
    const name = posix.basename(path)
    dirOf(posix.dirname(path)).children.push({
      name,
      type: 'file',
      ext: posix.extname(name).slice(1),
      path,
      children: [],
    })
  }
  return root
}

/** The file routes of every kind of entity that may have files. */
export const allFileRoutes: readonly Route[] = [
  ...(['landing_pages', 'offers'] as const).flatMap((kind) => [cleanArchiveWithFiles(kind), ...fileRoutes(kind)]),
]
