import { customStatus } from '@trackyard/core/conversion/custom-status.ts'
import { builtInStatus } from '@trackyard/core/conversion/statuses.ts'
import type { LandingClickEvent, PostbackEvent, UpdateEvent } from '@trackyard/core/events/spool-event.ts'
import { z } from 'zod'
import { messageOf } from '../../log.ts'

/** The spool is outside data to the backend: another process wrote it, perhaps another release. */
const texts = z.record(z.string(), z.string())
const landingClick = z.object({
  kind: z.literal('landing_click'),
  subId: z.string(),
  atMs: z.number(),
  offerId: z.number(),
  affiliateNetworkId: z.number(),
  destination: z.string(),
  cappedOffers: z.array(z.number()).exactOptional(),
  slots: texts,
  payoutMicros: z.number(),
  payoutCurrency: z.string().exactOptional(),
})
const postback = z.object({
  kind: z.literal('postback'),
  subId: z.string(),
  atMs: z.number(),
  params: texts,
  ip: z.string(),
  fault: z.string().exactOptional(),
  refusal: z.string().exactOptional(),
  custom: customStatus.exactOptional(),
  meant: builtInStatus.exactOptional(),
  campaignId: z.number().exactOptional(),
  denied: z
    .object({ token: z.array(z.number()).exactOptional(), address: z.array(z.number()).exactOptional() })
    .exactOptional(),
})
const update = z.object({ kind: z.literal('update'), subId: z.string(), atMs: z.number(), slots: texts })

/** A record that is whole but makes no sense. It would make none the next time either. */
export class UnreadableRecord extends Error {}

export const parseLandingClick = (json: string): LandingClickEvent =>
  reading(() => ({ ...landingClick.parse(JSON.parse(json)), visit: null }))
export const parsePostback = (json: string): PostbackEvent => reading(() => postback.parse(JSON.parse(json)))
export const parseUpdate = (json: string): UpdateEvent => reading(() => update.parse(JSON.parse(json)))

/** Runs what does nothing but read outside data. Throws UnreadableRecord. */
export function reading<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new UnreadableRecord(messageOf(error))
  }
}
