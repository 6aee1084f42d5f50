import { z } from 'zod'

/** Raised when an older release could not read a backup any more. */
export const BACKUP_FORMAT = 1
/** First in the archive, so that another file is told apart at once. */
export const LABEL_FILE = 'trackyard-backup.json'
/** Last in the archive: what is not followed by it was cut off. */
export const MANIFEST_FILE = 'manifest.json'
/** Parts of the event store lie below this, by table. */
export const EVENTS_DIR = 'events'

export const backupLabel = z.object({
  format: z.number(),
  /** Release that made the backup. */
  trackyard: z.string(),
  createdAt: z.string(),
  /** `external`: the events are in a ClickHouse server and not in the backup. */
  events: z.enum(['embedded', 'external']),
})
export type BackupLabel = z.output<typeof backupLabel>

export const backupManifest = backupLabel.extend({
  files: z.array(z.object({ path: z.string(), size: z.number(), sha256: z.string() })),
})
export type BackupManifest = z.output<typeof backupManifest>
