import { createHash } from 'node:crypto'
import { listedStatus } from '@trackyard/core/conversion/custom-status.ts'
import { builtInStatus } from '@trackyard/core/conversion/statuses.ts'
import { z } from 'zod'

export const postbackRules = z.object({
  /** Statuses of the user's own. */
  statuses: z.array(listedStatus),
  /** Status words and what they mean in the whole account. Snapshots of earlier versions have none. */
  words: z.array(z.tuple([z.string(), builtInStatus])).default([]),
  /** Affiliate networks that require something of their postbacks. */
  networks: z.array(
    z.object({
      id: z.int(),
      /** As `hashOf` writes it; '' when it sends none. */
      tokenHash: z.string(),
      /** It sends from nowhere else; empty: from anywhere. */
      addresses: z.array(z.string()),
    }),
  ),
  /** Postbacks are taken without the key. */
  allowsKeyless: z.boolean(),
})
/** What the tracker must know of the configuration when a postback comes. */
export type PostbackRules = Readonly<z.output<typeof postbackRules>>

/** A token as it is stored: nobody needs to read it again, and it is compared in constant time by its hash. */
export const hashOf = (token: string): string => `sha256:${createHash('sha256').update(token.trim()).digest('hex')}`
