import { once } from 'node:events'
import { pipeline, type Readable, Transform } from 'node:stream'
import type { TextFilter } from '@trackyard/core/macros/html-filter.ts'
import { messageOf } from '../../log.ts'
import { pieceDecoder } from '../../outgoing/text-decoder.ts'

/** What a page becomes on its way, in UTF-8. When either side fails or is destroyed, so is the other. */
export function changed(source: Readable, filter: TextFilter, contentType: string): Readable {
  const decoder = pieceDecoder(contentType)
  const page = new Transform({
    readableHighWaterMark: HELD_BYTES,
    transform(bytes: Buffer, _encoding, next) {
      attempt(next, () => filter.push(decoder.push(bytes)))
    },
    flush(next) {
      attempt(next, () => filter.push(decoder.end()) + filter.end())
    },
  })
  // An error may come before anybody reads, and with no listener it would end the process.
  page.on('error', () => undefined)
  pipeline(source, page, () => undefined)
  return page
}

/** Waits until something of a page is ready to be sent, or all of it; answers what went wrong, null when nothing did. */
export async function begun(page: Readable, waitMs: number): Promise<string | null> {
  const timer = setTimeout(() => page.destroy(new Error('its head took too long to come')), Math.max(0, waitMs))
  try {
    await once(page, 'readable')
    return null
  } catch (error) {
    return messageOf(error)
  } finally {
    clearTimeout(timer)
  }
}

/** Most pages fit in: slow visitors then do not keep the other server, nor a place among those it may be asked at a time. */
const HELD_BYTES = 262_144

type Next = (error?: Error | null, text?: string) => void

/** Nobody catches what is thrown inside of a stream. */
function attempt(next: Next, change: () => string): void {
  try {
    const text = change()
    // Nothing to send yet is not the same as an empty piece.
    if (text === '') next()
    else next(null, text)
  } catch (error) {
    next(error instanceof Error ? error : new Error(messageOf(error)))
  }
}
