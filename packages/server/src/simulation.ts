import { UNKNOWN_DEVICE, UNKNOWN_GEO } from '@trackyard/core/click/click.ts'
import { z } from 'zod'

/**
 * What the backend asks of the tracker to find out what would become of a visitor, and what it is told. Both sides run
 * the same release; the schemas are there because what comes over a socket is read before it is believed.
 */

const texts = (names: readonly string[]) => z.partialRecord(z.enum(names), z.string())
const stringFields = (of: object): string[] =>
  Object.entries(of).flatMap(([name, value]) => (typeof value === 'string' ? [name] : []))

export const simulationCall = z.object({
  /** Line of a snapshot: the campaign as it is to be taken. */
  bundle: z.string(),
  /** Path and query, beginning with a slash. */
  url: z.string(),
  authority: z.string(),
  isTls: z.boolean(),
  ip: z.string(),
  /** Names in lower case. */
  headers: z.record(z.string(), z.string()),
  /** Null: now. */
  atMs: z.number().nullable(),
  /** In [0, 2^32); null: drawn. */
  roll: z.number().nullable(),
  geo: texts(stringFields(UNKNOWN_GEO)),
  device: texts(stringFields(UNKNOWN_DEVICE)),
  isBot: z.boolean().nullable(),
  isProxy: z.boolean().nullable(),
  isUniqueCampaign: z.boolean().nullable(),
  isUniqueStream: z.boolean().nullable(),
  isUniqueGlobal: z.boolean().nullable(),
  /** By the address alone and by the cookie alone, in every scope. */
  isUniqueIp: z.boolean().nullable(),
  isUniqueCookie: z.boolean().nullable(),
  /** How often every stream with a limit was chosen already. */
  streamClicks: z.number().nullable(),
  binding: z
    .object({ streamId: z.number(), landingId: z.number().nullable(), offerId: z.number().nullable() })
    .nullable(),
})
export type SimulationCall = z.output<typeof simulationCall>

const counts = z.object({ hour: z.number(), day: z.number(), total: z.number() })
const limits = z.array(z.tuple([z.number(), counts]))
const seenBefore = z.object({
  isUniqueCampaign: z.boolean(),
  isUniqueGlobal: z.boolean(),
  seenStreams: z.array(z.number()),
})

export const simulationAnswer = z.object({
  /** The campaign, then those it handed the visitor on to. */
  hops: z.array(
    z.object({
      campaignId: z.number(),
      /** The click as it would be stored, as a line for the store. */
      line: z.string(),
      /** Query parameters of the request, which are not stored. */
      params: z.record(z.string(), z.string()),
      seenStreams: z.array(z.number()),
      limits,
      /** Those by the clocks of time zones. */
      limitsIn: z.array(z.tuple([z.string(), limits])).optional(),
      byIp: seenBefore.optional(),
      byCookie: seenBefore.optional(),
      action: z.string().nullable(),
    }),
  ),
  response: z.object({
    status: z.number(),
    headers: z.array(z.tuple([z.string(), z.string()])),
    body: z.string(),
    isBodyCut: z.boolean(),
    /** What would be fetched first, for actions that show what another server has. */
    fetches: z.string().nullable(),
  }),
})
export type SimulationAnswer = z.output<typeof simulationAnswer>
