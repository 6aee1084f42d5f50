import { randomInt } from 'node:crypto'

const SUFFIX_LENGTH = 6
const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789'

/**
 * A new folder for a page: its name as far as it fits into a URL, and something that is not guessed and never given
 * twice, because whoever knows the URL may look at the page.
 */
export function newFolder(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '')
  const suffix = Array.from({ length: SUFFIX_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('')
  return `${plain || 'page'}-${suffix}`
}
