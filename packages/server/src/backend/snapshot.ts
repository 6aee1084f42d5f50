import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { CampaignBundle } from '@trackyard/core/click/bundle.ts'
import { SNAPSHOT_FORMAT, type SnapshotHeader } from '../snapshot.ts'
import type { ConfigStore } from '../stores/config/port.ts'
import { loadBundles } from './bundles.ts'
import { loadSecrets } from './secrets.ts'

const LANDING_TOKEN_TTL_MS = 24 * 3_600_000
/** Changes that come together are published together; far below the second a change may take to be live. */
const COALESCE_MS = 20

export interface SnapshotOptions {
  readonly filePath: string
  readonly baseCurrency: string
  readonly nowMs: () => number
}

export interface SnapshotPublisher {
  /** Say that something was committed: the file follows within 200 ms. */
  changed(): void
  /** Publishes now; resolves when everything committed before the call is on disk. Rejects when it cannot be written. */
  publish(): Promise<void>
  /** Publishes what is outstanding and stops. */
  close(): Promise<void>
}

/** Keeps the snapshot file in step with the store. A failure is reported and tried again with the next change. */
export function createSnapshotPublisher(
  store: ConfigStore,
  options: SnapshotOptions,
  onError: (error: unknown) => void,
): SnapshotPublisher {
  let timer: NodeJS.Timeout | null = null
  let last: Promise<void> = Promise.resolve()
  const textOf = createBundleTexts()
  const publish = (): Promise<void> => {
    if (timer) clearTimeout(timer)
    timer = null
    // One at a time, or an older snapshot could be renamed over a newer one.
    const next = last.catch(() => undefined).then(() => publishSnapshot(store, options, textOf))
    last = next
    return next
  }
  return {
    publish,
    changed() {
      timer ??= setTimeout(() => publish().catch(onError), COALESCE_MS)
    },
    async close() {
      if (timer) await publish().catch(onError)
      else await last.catch(() => undefined)
    },
  }
}

/** Writes the snapshot to a temporary file, syncs it and renames it, so that a reader sees an old or a new one, whole. */
export async function publishSnapshot(
  store: ConfigStore,
  options: SnapshotOptions,
  textOf: BundleText = JSON.stringify,
): Promise<void> {
  const text = await renderSnapshot(store, options, textOf)
  const temporary = `${options.filePath}.${randomBytes(4).toString('hex')}.tmp`
  await mkdir(dirname(options.filePath), { recursive: true, mode: 0o700 })
  try {
    const file = await open(temporary, 'w', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, options.filePath)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function renderSnapshot(store: ConfigStore, options: SnapshotOptions, textOf: BundleText): Promise<string> {
  // Read before the content: a change in between is published again under its own, higher version.
  const version = await store.version()
  const secrets = await loadSecrets(store)
  const domains = (await store.list('domains')).filter((domain) => domain.state === 'active')
  const bundles = await loadBundles(store)
  const settings = { baseCurrency: options.baseCurrency, ...secrets, landingTokenTtlMs: LANDING_TOKEN_TTL_MS }
  const header: SnapshotHeader = {
    format: SNAPSHOT_FORMAT,
    version,
    publishedAtMs: options.nowMs(),
    campaignCount: bundles.length,
    settings,
    domains,
  }
  return [JSON.stringify(header), ...bundles.map(textOf), ''].join('\n')
}

type BundleText = (bundle: CampaignBundle) => string

/**
 * The line of a campaign, remembered as long as everything in it is the same object: the store hands out equal
 * entities as one, so that a change costs the lines it touches and not all of them.
 */
function createBundleTexts(): BundleText {
  const known = new WeakMap<object, { readonly parts: readonly unknown[]; readonly text: string }>()
  return (bundle) => {
    const parts: readonly unknown[] = Object.values(bundle).flat()
    const found = known.get(bundle.campaign)
    if (found && found.parts.length === parts.length && found.parts.every((part, index) => part === parts[index]))
      return found.text
    const text = JSON.stringify(bundle)
    known.set(bundle.campaign, { parts, text })
    return text
  }
}
