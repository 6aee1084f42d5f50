import { readFile } from 'node:fs/promises'
import { renderCaps } from '../../caps-file.ts'
import { replaceFile } from '../../replace-file.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import type { EventStore } from '../../stores/events/port.ts'
import { countedSince, fullOffers } from './plan-caps.ts'

/** Counting costs the store a few milliseconds, so conversions that come together are counted together. */
const PAUSE_MS = 100
const RETRY_MS = 2000
/** Also without a sign that something changed: a clock may be put right, a change may come from elsewhere. */
const REFRESH_MS = 60_000

interface Deps {
  readonly configStore: Pick<ConfigReader, 'list'>
  readonly eventStore: Pick<EventStore, 'countForCaps'>
  readonly filePath: string
  nowMs(): number
  onError(error: unknown): void
}

export interface CapKeeper {
  /** Say that conversions were stored or offers changed: the file follows within a fraction of a second. */
  changed(): void
  /** Counts and writes now. */
  publish(): Promise<void>
  close(): Promise<void>
}

/**
 * Keeps the file of full offers in step with what is stored. While the store is down the last file stays: an offer that
 * was full stays so until its midnight, and another one becomes full only once conversions are stored again.
 */
export function keepCaps({ configStore, eventStore, filePath, nowMs, onError }: Deps): CapKeeper {
  let written: string | null = null
  let timer: NodeJS.Timeout | null = null
  let dueAtMs = Number.POSITIVE_INFINITY
  let isClosed = false
  let isFailing = false
  let last: Promise<void> = Promise.resolve()

  async function count(): Promise<void> {
    const offers = await configStore.list('offers')
    const atMs = nowMs()
    const since = countedSince(offers, atMs)
    const counts = since.size === 0 ? new Map<number, number>() : await eventStore.countForCaps(since)
    const text = renderCaps(fullOffers(offers, counts, atMs))
    written ??= await readFile(filePath, 'utf8').catch(() => renderCaps(new Map()))
    if (text === written) return
    await replaceFile(filePath, text)
    written = text
  }

  const publish = (): Promise<void> => {
    last = last.catch(() => undefined).then(count)
    return last
  }

  function schedule(inMs: number): void {
    const atMs = performance.now() + inMs
    if (isClosed || atMs >= dueAtMs) return
    if (timer) clearTimeout(timer)
    dueAtMs = atMs
    timer = setTimeout(run, inMs)
    timer.unref()
  }

  async function run(): Promise<void> {
    dueAtMs = Number.POSITIVE_INFINITY
    try {
      await publish()
      isFailing = false
      schedule(REFRESH_MS)
    } catch (error) {
      // Told once, or an outage would fill the log.
      if (!isFailing) onError(error)
      isFailing = true
      schedule(RETRY_MS)
    }
  }

  schedule(0)
  return {
    changed: () => schedule(PAUSE_MS),
    publish,
    async close() {
      isClosed = true
      if (timer) clearTimeout(timer)
      await last.catch(() => undefined)
    },
  }
}
