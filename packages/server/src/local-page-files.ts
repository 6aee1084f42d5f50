import type { LocalFiles } from '@trackyard/core/entities/local-files.ts'

/** First segment of the URLs of files of local pages (reference click-processing §4.2). */
export const LANDER = 'lander'

/**
 * Where visitors find the files of a version. The version is in it for caches only, so that a page that was loaded
 * before a change still finds what is there now.
 */
export const folderPath = ({ folder, version }: Pick<LocalFiles, 'folder' | 'version'>): string =>
  `/${LANDER}/${folder}/~${version}/`

/** HTML as text. Pages older than UTF-8 say in a meta tag what they are written in. */
export function decodePage(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return metaCharset(bytes).decode(bytes)
  }
}

/** For what is not UTF-8: the charset that a page says in its first 2 KB, else the one old pages are in. */
export function metaCharset(bytes: Uint8Array): InstanceType<typeof TextDecoder> {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 2048))
  const charset = /<meta\b[^>]*\bcharset\s*=\s*["']?([\w-]+)/i.exec(start)?.[1] ?? 'windows-1252'
  try {
    return new TextDecoder(charset)
  } catch {
    return new TextDecoder('windows-1252')
  }
}
