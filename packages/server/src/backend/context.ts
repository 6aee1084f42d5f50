import type { Sweep } from '@trackyard/core/costs/sweep.ts'
import type { SystemLog } from '../log-file.ts'
import type { ConfigStore } from '../stores/config/port.ts'
import type { EventQueries, EventStore } from '../stores/events/port.ts'
import type { Simulator } from './clicks/simulator.ts'
import type { Currencies } from './currencies/currencies.ts'
import type { NewJob } from './delivery/queue.ts'
import type { Dialect } from './dialect/dialect.ts'
import type { EventWriter } from './events/event-writer.ts'
import type { FileStore } from './files/store.ts'
import type { SecretBox } from './secret-box.ts'
import type { SnapshotPublisher } from './snapshot.ts'

/** What the backend is given; nothing in it reaches further. */
export interface Backend {
  readonly configStore: ConfigStore
  readonly eventStore: Pick<EventStore, 'loadStates' | 'loadConversions' | 'countEach' | 'months' | 'emptyLog'> &
    EventQueries & {
      /** Changes of many clicks, oldest first, that statements must apply to the tables: they are not carried out yet. */
      sweeps(): readonly Sweep[]
    }
  /** Uploaded files of landing pages and offers. */
  readonly files: FileStore
  readonly eventWriter: EventWriter
  /** Base currency and exchange rates. */
  readonly currencies: Currencies
  /** Content of a file for {from_file:name}. */
  readonly macroFile: (name: string) => string
  readonly simulator: Simulator
  /** Sending postbacks of ours; here only: sending some again, under the ids they have. */
  readonly delivery: { repeat(jobs: readonly NewJob[]): void }
  /** For secrets that have to be readable again. */
  readonly secretBox: SecretBox
  readonly snapshotPublisher: Pick<SnapshotPublisher, 'changed'>
  /** What the processes said about themselves. */
  readonly systemLog: SystemLog
  readonly clock: Clock
  readonly settings: BackendSettings
  /** Told of bugs and broken dependencies, never of bad requests; without it they go unseen. */
  readonly logError?: (message: string, fields: Record<string, unknown>) => void
}

export interface Clock {
  /** UTC epoch milliseconds. */
  nowMs(): number
}

export interface BackendSettings {
  /** Administrator key from the environment, '' when there is none. */
  readonly apiKey: string
  /** Base currency of the first start; what it is now, `currencies` tells. */
  readonly baseCurrency: string
  /** 406, or 422 as newer trackers answer (reference admin-api §1.4). */
  readonly validationStatus: 406 | 422
  /** Shapes of answers when neither request nor key says (reference admin-api §7). */
  readonly apiDialect: Dialect
  /** Requests of our own, such as the check of a domain, may go to private addresses. */
  readonly allowPrivateTargets: boolean
  /** Port that visitors reach when no web server is in front. */
  readonly publicPort: number
  readonly bodyLimitBytes: number
  /** Longest body of routes that take files. */
  readonly uploadLimitBytes: number
  /** A report that runs longer is stopped. */
  readonly reportTimeoutMs: number
}

export const DEFAULT_BACKEND_SETTINGS: BackendSettings = {
  apiKey: '',
  baseCurrency: 'USD',
  validationStatus: 406,
  apiDialect: '2017',
  allowPrivateTargets: false,
  publicPort: 8080,
  bodyLimitBytes: 8 * 1024 * 1024,
  uploadLimitBytes: 64 * 1024 * 1024,
  reportTimeoutMs: 30_000,
}
