import { dirname } from 'node:path'
import { SNAPSHOT_FORMAT, type SnapshotHeader } from '../snapshot.ts'
import type { ConfigStore } from '../stores/config/port.ts'
import { type BotFile, createBotFile } from './bot-list/bot-file.ts'
import { loadBundles } from './bundles.ts'
import { loadSecrets } from './secrets.ts'
import { settingOf } from './settings/setting-store.ts'
import { type BundleText, bundleText, createBundleTexts, writeSnapshotFile } from './snapshot-file.ts'

/** Changes that come together are published together; far below the second a change may take to be live. */
const COALESCE_MS = 20
/** With thousands of campaigns publishing takes long: it may use so much of the time, and a change waits so long at most. */
const MAX_SHARE_OF_TIME = 0.2
const MAX_PAUSE_MS = 300

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
  const botFile = createBotFile(dirname(options.filePath))
  let freeAt = 0
  const work = async (): Promise<void> => {
    const startedAt = performance.now()
    await publishSnapshot(store, options, textOf, botFile)
    const endedAt = performance.now()
    freeAt = endedAt + Math.min(MAX_PAUSE_MS, (endedAt - startedAt) * (1 / MAX_SHARE_OF_TIME - 1))
  }
  const publish = (): Promise<void> => {
    if (timer) clearTimeout(timer)
    timer = null
    // One at a time, or an older snapshot could be renamed over a newer one.
    const next = last.catch(() => undefined).then(work)
    last = next
    return next
  }
  return {
    publish,
    changed() {
      timer ??= setTimeout(() => publish().catch(onError), Math.max(COALESCE_MS, freeAt - performance.now()))
    },
    async close() {
      if (timer) await publish().catch(onError)
      else await last.catch(() => undefined)
    },
  }
}

export async function publishSnapshot(
  store: ConfigStore,
  options: SnapshotOptions,
  textOf: BundleText = bundleText,
  botFile: BotFile = createBotFile(dirname(options.filePath)),
): Promise<void> {
  await writeSnapshotFile(options.filePath, await renderSnapshot(store, options, textOf, botFile))
  await botFile.removeOld()
}

/** The lines of the file. */
async function renderSnapshot(
  store: ConfigStore,
  options: SnapshotOptions,
  textOf: BundleText,
  botFile: BotFile,
): Promise<readonly string[]> {
  // Read before the content: a change in between is published again under its own, higher version.
  const version = await store.version()
  const secrets = await loadSecrets(store)
  const domains = (await store.list('domains')).filter((domain) => domain.state === 'active')
  const bots = await botFile.publish(store)
  const blacklist = (await store.list('blacklist')).filter((entry) => entry.state === 'active')
  const landingTokenTtlMs = (await settingOf(store, 'lp_offer_token_ttl')) * 60_000
  const bundles = await loadBundles(store, options.nowMs() - landingTokenTtlMs)
  const settings = {
    baseCurrency: options.baseCurrency,
    ...secrets,
    landingTokenTtlMs,
    unknownHosts: await settingOf(store, 'unknown_hosts'),
    timezone: await settingOf(store, 'timezone'),
    parameterAliases: {
      keyword: await settingOf(store, 'keyword_aliases'),
      source: await settingOf(store, 'source_aliases'),
      referrer: await settingOf(store, 'referrer_aliases'),
    },
  }
  const header: SnapshotHeader = {
    format: SNAPSHOT_FORMAT,
    version,
    publishedAtMs: options.nowMs(),
    campaignCount: bundles.length,
    settings,
    domains,
    bots,
    blacklist,
    localFiles: [...(await store.list('landing_pages')), ...(await store.list('offers'))].flatMap(
      (owner) => owner.files ?? [],
    ),
  }
  return [JSON.stringify(header), ...bundles.map(textOf)]
}
