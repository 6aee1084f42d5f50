import type { SpoolWriter } from '../spool/writer.ts'
import type { VisitorStore } from '../stores/visitors/port.ts'
import type { createIdentify } from './identity.ts'
import type { LocalPages } from './local-pages.ts'
import type { TrackerMetrics } from './metrics.ts'
import type { Senses } from './read-click.ts'
import type { CarryOut } from './remote/carry-out.ts'
import type { Site } from './site.ts'
import type { Later } from './turn.ts'

/** What the handlers of the click path are given; nothing in them reaches further. */
export interface Deps {
  readonly senses: Senses
  readonly visitors: VisitorStore
  readonly spool: Pick<SpoolWriter, 'append'>
  readonly later: Later
  readonly identify: ReturnType<typeof createIdentify>
  readonly metrics: TrackerMetrics
  /** Content of a file for {from_file:name}. */
  readonly macroFile: (name: string) => string
  /** Uploaded pages. */
  readonly localPages: LocalPages
  /** Fetches for visitors what an action needs from other servers. */
  readonly carryOut: CarryOut
  /** Extra header that keeps a host out of search engines, if its domain says so. */
  readonly indexing: (site: Site, host: string) => readonly string[]
}
