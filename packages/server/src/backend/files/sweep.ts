import type { ConfigReader } from '../../stores/config/port.ts'
import type { FileStore } from './store.ts'

/** Removes files that nothing in the configuration names, archived landing pages and offers included. */
export async function sweepFiles(reader: ConfigReader, files: FileStore): Promise<void> {
  const all = { includeDeleted: true }
  const owners = [...(await reader.list('landing_pages', all)), ...(await reader.list('offers', all))]
  await files.sweep(owners.flatMap((owner) => owner.files ?? []))
}
