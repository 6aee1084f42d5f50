import type { EntityOf } from '@trackyard/core/entities/index.ts'
import { decodePage } from '../../local-page-files.ts'
import type { FileStore } from './store.ts'
import { type FileKind, MAX_INDEX_BYTES } from './uploads.ts'

const MAX_NAMED = 3
/** Relative addresses of PHP; whole ones lead to servers that may run it. */
const PHP_LINK = /\b(?:href|action|src)\s*=\s*["']?(?![a-z][a-z0-9+.-]*:|\/\/)([^"'\s<>?#]+\.php)\b/gi

const FORM = /<form\b([^<>]*)>/gi
const TO_OFFER = /\baction\s*=\s*["']?\{_?offer\b/i
const BY_POST = /\bmethod\s*=\s*["']?post\b/i

/** What is doubtful about an uploaded page: its links and forms that visitors would follow to nothing. */
export async function pageDoubts({ files }: Pick<EntityOf<FileKind>, 'files'>, store: FileStore): Promise<string[]> {
  const bytes = files && files.index !== '' ? await store.read(files, files.index, MAX_INDEX_BYTES) : null
  if (!bytes) return []
  const html = decodePage(bytes)
  return [...phpDoubts(html), ...formDoubts(html)]
}

/** Links and forms that lead to PHP, as orders often do. */
function phpDoubts(html: string): string[] {
  const led = [...new Set([...html.matchAll(PHP_LINK)].map(([, path = '']) => path.slice(0, 100)))]
  if (led.length === 0) return []
  const more = led.length > MAX_NAMED ? ` and ${led.length - MAX_NAMED} more` : ''
  return [
    `The page leads to ${led.slice(0, MAX_NAMED).join(', ')}${more}, but PHP is not run here: let it lead to {offer}, or to the whole address of a server that runs it.`,
  ]
}

/** Browsers leave out the query of a form's address, where the token is, unless it is sent by POST. */
const formDoubts = (html: string): string[] =>
  [...html.matchAll(FORM)].some(([, tag = '']) => TO_OFFER.test(tag) && !BY_POST.test(tag))
    ? ['A form of the page leads to {offer} by GET, and browsers drop the query of its address: add method="post".']
    : []
