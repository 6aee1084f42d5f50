import { ok } from '@trackyard/core/result.ts'
import { administrators } from '../auth/access.ts'
import { auditLog } from './audit.ts'
import type { LogDef } from './log.ts'
import { postbackLog } from './postbacks.ts'
import { sentPostbackLog } from './sent-postbacks.ts'
import { errorLog, systemLog } from './system.ts'
import { trafficLog } from './traffic.ts'

/** A log of something that never happens here; clients ask for it all the same. */
const emptyLog = (help: string, access: LogDef['access']): LogDef => ({
  help,
  access,
  read: async () => ok([]),
  find: async () => ok(null),
  clear: async () => ok(undefined),
})

/** Every log by its name in the API (reference conversions-and-reports §8.3); `errors` and `audit` are ours. */
export const logs: Readonly<Record<string, LogDef>> = {
  system: systemLog,
  traffic: trafficLog,
  postbacks: postbackLog,
  ssl: emptyLog('Certificates are made by the web server in front, so this log is empty.', administrators('read')),
  sent_postbacks: sentPostbackLog,
  errors: errorLog,
  audit: auditLog,
}
