import type { Visit } from '@trackyard/core/events/spool-event.ts'
import { SEEN_BY } from '@trackyard/core/filters/filter.ts'
import { z } from 'zod'
import type { SpoolRecord } from '../spool/record.ts'
import type { VisitorStore } from '../stores/visitors/port.ts'

const visit: z.ZodType<Visit> = z.object({
  visitor: z.string(),
  campaignId: z.number(),
  streamId: z.number(),
  atMs: z.number(),
  unique: z.string(),
  also: z.array(z.object({ by: z.enum(SEEN_BY), visitor: z.string(), unique: z.string() })).optional(),
  counts: z.boolean(),
  bind: z.object({ landingId: z.number().nullable(), offerId: z.number().nullable(), untilMs: z.number() }).nullable(),
})
const landingClick = z.object({ visit: visit.nullable() })

/** Puts the visits of spooled records into the visitor memory again, in order. What makes no sense is passed over. */
export function replayVisits(records: readonly SpoolRecord[], visitors: Pick<VisitorStore, 'record'>): void {
  for (const record of records) {
    const found = visitOf(record)
    if (found) visitors.record(found)
  }
}

function visitOf(record: SpoolRecord): Visit | null {
  if (record.kind === 'c' || record.kind === 'v') {
    const end = record.rest.indexOf('\t')
    return readAs(visit, end === -1 ? record.rest : record.rest.slice(0, end))
  }
  return record.kind === 'l' ? (readAs(landingClick, record.rest)?.visit ?? null) : null
}

/** Null when it cannot be read: one record must not keep the tracker from starting. */
function readAs<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
