import { type FileHandle, open } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { isServerCode, parseFilePath } from '../file-path.ts'
import { contentTypeOf } from './content-types.ts'
import type { Deps } from './deps.ts'
import type { Answer, FrontReply, FrontRequest } from './front.ts'
import { header, type Origin } from './headers.ts'
import { readRange } from './range.ts'
import { plain } from './respond.ts'
import type { Site } from './site.ts'

/** Of a version that is named in the URL: it never changes. */
const FOR_EVER = 'public, max-age=31536000, immutable'
/** Caches may keep it and have to ask each time whether it is still the same. */
const ASK_FIRST = 'no-cache'

/**
 * Files of uploaded pages: `/lander/<folder>/…`, with `~<version>/` before the path where caches may rely on it
 * (reference click-processing §4.2). Returns false when there is no such folder.
 */
export function handleLander(
  request: FrontRequest,
  origin: Pick<Origin, 'host'>,
  path: string,
  site: Site,
  deps: Deps,
  answer: Answer,
): boolean {
  const [, , folder = '', ...rest] = path.split('/')
  const files = site.localFiles(folder)
  if (!files) return false
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    answer(plain(405, '', undefined, ['Allow', 'GET, HEAD']))
    return true
  }
  const [first = ''] = rest
  const isVersioned = /^~[0-9a-f]{16}$/.test(first)
  const wanted = decoded((isVersioned ? rest.slice(1) : rest).join('/'))
  // Without a slash at the end, the page's own addresses would miss the folder.
  if (rest.length === 0) {
    answer(plain(301, '', undefined, ['Location', `/lander/${folder}/`]))
    return true
  }
  const file = wanted === '' ? files.index : filePath(wanted)
  if (file === '') {
    answer(notFound())
    return true
  }
  const caching = isVersioned && first.slice(1) === files.version ? FOR_EVER : ASK_FIRST
  void readFile(request, join(deps.localPages.dirOf(files), file), caching)
    .catch(() => plain(404, 'Not found'))
    .then((reply) => answer({ ...reply, headers: [...reply.headers, ...deps.indexing(site, origin.host)] }))
  return true
}

const notFound = (): FrontReply => plain(404, 'Not found')

/** '' for paths that no file can have. */
function filePath(wanted: string | null): string {
  const path = parseFilePath(wanted, 'path')
  return path.ok && !isServerCode(path.value) ? path.value : ''
}

function decoded(path: string): string | null {
  try {
    return decodeURIComponent(path)
  } catch {
    return null
  }
}

async function readFile(request: FrontRequest, path: string, caching: string): Promise<FrontReply> {
  const handle = await open(path, 'r')
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) return close(handle, notFound())
    const etag = `"${stat.size.toString(36)}-${Math.round(stat.mtimeMs).toString(36)}"`
    const headers = [
      'Content-Type',
      contentTypeOf(extname(path)),
      'Cache-Control',
      caching,
      'ETag',
      etag,
      'Accept-Ranges',
      'bytes',
      'X-Content-Type-Options',
      'nosniff',
      // Pages are shown on other sites, too, and fonts are fetched with their origin.
      'Access-Control-Allow-Origin',
      '*',
    ]
    if (names(header(request.headers, 'if-none-match'), etag))
      return close(handle, { status: 304, headers: headers.slice(2), body: '' })
    const ifRange = header(request.headers, 'if-range')
    const asked = ifRange === '' || ifRange === etag ? header(request.headers, 'range') : ''
    const range = readRange(asked, stat.size)
    if (range === 'unsatisfiable')
      return close(handle, { status: 416, headers: [...headers, 'Content-Range', `bytes */${stat.size}`], body: '' })
    const { start, end } = range ?? { start: 0, end: stat.size - 1 }
    headers.push('Content-Length', String(end - start + 1))
    if (range) headers.push('Content-Range', `bytes ${start}-${end}/${stat.size}`)
    const status = range ? 206 : 200
    if (request.method === 'HEAD' || end < start) return close(handle, { status, headers, body: '' })
    return { status, headers, body: handle.createReadStream({ start, end }) }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function close(handle: FileHandle, reply: FrontReply): Promise<FrontReply> {
  await handle.close()
  return reply
}

const names = (ifNoneMatch: string, etag: string): boolean =>
  ifNoneMatch === '*' || ifNoneMatch.split(',').some((one) => one.trim().replace(/^W\//, '') === etag)
