import { buffer } from 'node:stream/consumers'
import type { LocalFiles } from '@trackyard/core/entities/local-files.ts'
import { ZipFile } from 'yazl'
import type { FileStore } from './store.ts'

/** Files of a version as a ZIP archive. Rejects when one cannot be read. */
export async function zipFiles(files: LocalFiles, paths: readonly string[], store: FileStore): Promise<Buffer> {
  const zip = new ZipFile()
  const packed = buffer(zip.outputStream)
  for (const path of paths) {
    const content = await store.read(files, path)
    if (!content) throw new Error(`${files.folder}/${path} cannot be read`)
    zip.addBuffer(content, path)
  }
  zip.end()
  return packed
}
