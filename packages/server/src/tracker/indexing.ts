import type { Site } from './site.ts'

/** The header that keeps a host out of search engines, if its domain entry says so. */
export const indexingHeader = (site: Site, host: string): readonly string[] =>
  site.domain(host)?.allow_indexing === false ? ['X-Robots-Tag', 'noindex'] : []
