import type { EntityOf } from '@trackyard/core/entities/index.ts'
import { decodePage } from '../../local-page-files.ts'
import type { FileStore } from './store.ts'
import { type FileKind, MAX_INDEX_BYTES } from './uploads.ts'

const MAX_NAMED = 3
/** Relative addresses of PHP; whole ones lead to servers that may run it. */
const PHP_LINK = /\b(?:href|action|src)\s*=\s*["']?(?![a-z][a-z0-9+.-]*:|\/\/)([^"'\s<>?#]+\.php)\b/gi

/** What is doubtful about an uploaded page: links and forms of it that lead to PHP, as orders often do. */
export async function pageDoubts({ files }: Pick<EntityOf<FileKind>, 'files'>, store: FileStore): Promise<string[]> {
  const bytes = files && files.index !== '' ? await store.read(files, files.index, MAX_INDEX_BYTES) : null
  if (!bytes) return []
  const led = [...new Set([...decodePage(bytes).matchAll(PHP_LINK)].map(([, path = '']) => path.slice(0, 100)))]
  if (led.length === 0) return []
  const more = led.length > MAX_NAMED ? ` and ${led.length - MAX_NAMED} more` : ''
  return [
    `The page leads to ${led.slice(0, MAX_NAMED).join(', ')}${more}, but PHP is not run here: let it lead to {offer}, or to the whole address of a server that runs it.`,
  ]
}
