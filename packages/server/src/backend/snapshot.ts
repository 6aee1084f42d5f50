import { dirname } from 'node:path'
import type { BaseSince } from '@trackyard/core/currency/exchange.ts'
import { parameterAliases } from '@trackyard/core/settings.ts'
import { replaceFile } from '../replace-file.ts'
import { SNAPSHOT_FORMAT, type SnapshotHeader, type TrackerSettings } from '../snapshot.ts'
import type { ConfigStore } from '../stores/config/port.ts'
import { createBotFile } from './bot-list/bot-file.ts'
import { loadContent } from './bundles.ts'
import { basesOf } from './currencies/bases.ts'
import { loadPostbackRules } from './load-postback-rules.ts'
import { loadSecrets } from './secrets.ts'
import { settingOf, storedSettings } from './settings/setting-store.ts'
import { createShardFiles } from './snapshot-shards.ts'

/** Changes that come together are published together; far below the second a change may take to be live. */
const COALESCE_MS = 20
/** With thousands of campaigns publishing takes long: it may use so much of the time, and a change waits so long at most. */
const MAX_SHARE_OF_TIME = 0.2
const MAX_PAUSE_MS = 300
/** Reading takes a few milliseconds, so another change rarely comes meanwhile more than once. */
const MAX_READS = 3

export interface SnapshotOptions {
  readonly filePath: string
  readonly baseCurrency: string
  readonly nowMs: () => number
}

export interface SnapshotPublisher {
  /** Say that something was committed: the files follow within 200 ms. */
  changed(): void
  /** Publishes now; resolves when everything committed before the call is on disk. Rejects when it cannot be written. */
  publish(): Promise<void>
  /** Publishes what is outstanding and stops. */
  close(): Promise<void>
}

/** Keeps the files of the snapshot in step with the store. A failure is reported and tried again with the next change. */
export function createSnapshotPublisher(
  store: ConfigStore,
  options: SnapshotOptions,
  onError: (error: unknown) => void,
): SnapshotPublisher {
  let timer: NodeJS.Timeout | null = null
  let last: Promise<void> = Promise.resolve()
  const writeSnapshot = createPublication(store, options)
  let freeAt = 0
  const work = async (): Promise<void> => {
    const startedAt = performance.now()
    await writeSnapshot()
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

/** Publishes once. */
export async function publishSnapshot(store: ConfigStore, options: SnapshotOptions): Promise<void> {
  await createPublication(store, options)()
}

/** What it makes writes the files of the snapshot that have changed since it did so last. */
function createPublication(
  store: ConfigStore,
  { filePath, baseCurrency, nowMs }: SnapshotOptions,
): () => Promise<void> {
  const directory = dirname(filePath)
  const botFile = createBotFile(directory)
  const shardFiles = createShardFiles(directory)
  return async () => {
    const { version, settings, domains, blacklist, content, postbacks } = await readConfig(store, baseCurrency)
    const archive = { nowMs: nowMs(), keepMs: settings.landingTokenTtlMs }
    const shards = await shardFiles.publish(content, archive)
    const header: SnapshotHeader = {
      format: SNAPSHOT_FORMAT,
      version,
      publishedAtMs: archive.nowMs,
      campaignCount: shards.reduce((sum, shard) => sum + shard.campaignCount, 0),
      shards,
      settings,
      domains,
      bots: await botFile.publish(store),
      blacklist,
      localFiles: [...content.landings, ...content.offers].flatMap(({ state, files }) =>
        state === 'deleted' || !files ? [] : files,
      ),
      postbacks,
    }
    await replaceFile(filePath, `${JSON.stringify(header)}\n`)
    await botFile.removeOld()
    await shardFiles.removeOld()
  }
}

/**
 * Everything as it is at one moment, unless changes come so quickly that there is none; then a change in between is
 * published again under its own, higher version.
 */
async function readConfig(store: ConfigStore, baseCurrency: string) {
  for (let left = MAX_READS; ; left--) {
    const version = await store.version()
    const config = {
      version,
      settings: await loadTrackerSettings(store, baseCurrency),
      domains: (await store.list('domains')).filter((domain) => domain.state === 'active'),
      blacklist: (await store.list('blacklist')).filter((entry) => entry.state === 'active'),
      content: await loadContent(store),
      postbacks: await loadPostbackRules(store, await settingOf(store, 'allow_keyless_postback')),
    }
    if (left === 0 || (await store.version()) === version) return config
  }
}

const loadTrackerSettings = async (store: ConfigStore, initialCurrency: string): Promise<TrackerSettings> => ({
  ...rowCurrencies(await basesOf(store, initialCurrency)),
  ...(await loadSecrets(store)),
  landingTokenTtlMs: (await settingOf(store, 'lp_offer_token_ttl')) * 60_000,
  unknownHosts: await settingOf(store, 'unknown_hosts'),
  timezone: await settingOf(store, 'timezone'),
  ipPrivacy: await settingOf(store, 'ip_privacy'),
  parameterAliases: parameterAliases(await storedSettings(store)),
})

function rowCurrencies(bases: readonly BaseSince[]): Pick<TrackerSettings, 'baseCurrency' | 'rowCurrency'> {
  const baseCurrency = bases.at(-1)?.currency ?? ''
  return { baseCurrency, rowCurrency: baseCurrency === bases[0]?.currency ? '' : baseCurrency }
}
