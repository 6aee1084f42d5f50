import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { CampaignBundle } from '@trackyard/core/click/bundle.ts'

const CHUNK_CHARACTERS = 262_144

/** Writes a temporary file, syncs it and renames it, so that a reader sees an old or a new snapshot, whole. */
export async function writeSnapshotFile(path: string, lines: readonly string[]): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  try {
    const file = await open(temporary, 'w', 0o600)
    try {
      // In pieces, so that requests get their turn and no text of ten megabytes is made.
      let piece = ''
      for (const line of lines) {
        piece += `${line}\n`
        if (piece.length < CHUNK_CHARACTERS) continue
        await file.writeFile(piece)
        piece = ''
      }
      await file.writeFile(piece)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

export type BundleText = (bundle: CampaignBundle) => string

/** Triggers are not the tracker's business, and what they note every minute must not make it compile campaigns again. */
export const bundleText: BundleText = (bundle) =>
  JSON.stringify({ ...bundle, streams: bundle.streams.map((stream) => ({ ...stream, triggers: [] })) })

/**
 * The line of a campaign, remembered as long as everything in it is the same object: the store hands out equal
 * entities as one, so that a change costs the lines it touches and not all of them.
 */
export function createBundleTexts(): BundleText {
  const known = new WeakMap<object, { readonly parts: readonly unknown[]; readonly text: string }>()
  return (bundle) => {
    const parts: readonly unknown[] = Object.values(bundle).flat()
    const found = known.get(bundle.campaign)
    if (found && found.parts.length === parts.length && found.parts.every((part, index) => part === parts[index]))
      return found.text
    const text = bundleText(bundle)
    known.set(bundle.campaign, { parts, text })
    return text
  }
}
