import { dirname, join } from 'node:path'
import { NO_CAPS, type OfferCaps } from '@trackyard/core/click/caps.ts'
import { z } from 'zod'

/**
 * The small file beside the snapshot through which the backend tells the tracker which offers are full, and until when.
 * It changes with conversions, which come far more often than changes of campaigns; each entry ends by itself at midnight of
 * the offer's zone, even while nobody writes the file.
 */
export const capsPathOf = (snapshotPath: string): string => join(dirname(snapshotPath), 'caps.json')

const capsFile = z.object({
  /** Offer id → UTC epoch milliseconds at which it takes visitors again. */
  full: z.record(z.string().regex(/^\d+$/), z.number()),
})

export const renderCaps = (caps: OfferCaps): string =>
  `${JSON.stringify({ full: Object.fromEntries([...caps].sort(([a], [b]) => a - b)) } satisfies z.input<typeof capsFile>)}\n`

/** Null when the text is no such file. */
export function parseCaps(text: string): OfferCaps | null {
  const parsed = capsFile.safeParse(parseJson(text))
  if (!parsed.success) return null
  const entries = Object.entries(parsed.data.full)
  return entries.length === 0 ? NO_CAPS : new Map(entries.map(([id, untilMs]) => [Number(id), untilMs]))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
