/** The address to look at for a URL with macros: those of the query are empty. Null when a macro is in the host: nobody knows which. */
export function addressToCheck(url: string): string | null {
  if (/^https?:\/\/[^/?#]*[{}]/i.test(url)) return null
  const plain = url.trim().replace(/\{[^{}]*\}/g, '')
  return isWebUrl(plain) ? plain : null
}

export const isWebUrl = (url: string): boolean => /^https?:\/\/[^/?#]/i.test(url) && URL.canParse(url)

/** One line of `alternative_urls`: a whole URL, or a host alone, which leaves path and query as they are. */
export const isAlternative = (line: string): boolean => HOST.test(line) || isUrlWithMacros(line)

/** A URL that visitors may be sent to: its host is fixed, macros stand in path and query only. */
export const isUrlWithMacros = (url: string): boolean =>
  url.length <= MAX_URL && !/[\s\p{Cc}]/u.test(url) && addressToCheck(url) !== null

export const alternativesOf = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** The URL once the alternative has taken its place. */
export const replacedUrl = (url: string, alternative: string): string =>
  HOST.test(alternative)
    ? url.replace(/^(https?:\/\/)[^/?#]+/i, (_, scheme: string) => scheme + alternative)
    : alternative

const MAX_URL = 2000
const HOST = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+(?::\d{1,5})?$/i
