import { request } from 'node:http'
import type { AdminEvent } from '@trackyard/core/events/admin-event.ts'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { EventWriter } from './event-writer.ts'

const ANSWER_MS = 10_000
const NOTHING_CHANGED = 'Nothing was changed: the part of Trackyard that records events'
/** Nobody was reached, so nothing was written. */
const NOT_REACHED: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOENT'])
const accepted = z.object({ positions: z.array(z.number()) })

/** Hands events to the tracker over its socket. */
export const openSocketEventWriter = (socketPath: string, untilStored: EventWriter['untilStored']): EventWriter => ({
  append: (events) =>
    new Promise((resolve) => {
      // A connection of its own each time: of one kept open nobody knows whether the tracker is still the same.
      const options = { socketPath, method: 'POST', path: '/events', timeout: ANSWER_MS, agent: false }
      const sent = request(options, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', () => resolve(unknown()))
        response.on('end', () => resolve(readAnswer(response.statusCode ?? 0, Buffer.concat(chunks).toString())))
      })
      sent.on('timeout', () => sent.destroy())
      sent.on('error', (error: NodeJS.ErrnoException) =>
        resolve(NOT_REACHED.has(error.code ?? '') ? down() : unknown()),
      )
      sent.end(events.map((event: AdminEvent) => `${JSON.stringify(event)}\n`).join(''))
    }),
  untilStored,
})

function readAnswer(status: number, body: string): Result<readonly number[]> {
  if (status >= 500 && status !== 503) return unknown('could not write all of it')
  if (status !== 200) return down(` (${body.slice(0, 200)})`)
  try {
    return ok(accepted.parse(JSON.parse(body)).positions)
  } catch {
    return unknown()
  }
}

const down = (why = ''): Result<never> =>
  fail(problem('unavailable', `${NOTHING_CHANGED} is starting, down or short of disk${why}. Try again in a moment.`))
const unknown = (what = 'went away before it answered'): Result<never> =>
  fail(
    problem(
      'unavailable',
      `The part of Trackyard that records events ${what}, so the change may or may not be made. Sending it again is safe.`,
    ),
  )
