import type { Person } from '../simulate/people.ts'
import type { Answer, Session } from '../simulate/story.ts'
import type { FrontHandler, FrontReply, FrontRequest } from '../tracker/front.ts'
import { createTimeline } from './timeline.ts'

/** Stories in past time: requests go straight into the tracker's own handler, whose clock is moved on by the stories. */
export interface VirtualSession extends Session {
  readonly nowMs: () => number
  /** Sets where the requests go; the handler itself needs the session's clock. */
  connect(handler: FrontHandler): void
  /** Lets everything that waits happen, in order of time, until `untilMs`; what lies later never happens. */
  run(untilMs: number): Promise<void>
}

const HOST = 'track.example'

export function createVirtualSession(startMs: number): VirtualSession {
  const timeline = createTimeline(startMs)
  let handle: FrontHandler | null = null
  return {
    nowMs: timeline.nowMs,
    connect(handler) {
      handle = handler
    },
    wait: (ms) => timeline.wait(ms),
    run: (untilMs) => timeline.run(untilMs),
    request(path, as, cookies) {
      const handler = handle
      if (!handler) throw new Error('connect() must come before the first request')
      return timeline.busy(
        new Promise<Answer>((resolve) =>
          handler(virtualRequest(path, as, cookies), (reply) => resolve(toAnswer(reply))),
        ),
      )
    },
  }
}

function virtualRequest(path: string, as: Person | null, cookies: string): FrontRequest {
  const headers: Record<string, string> = { host: HOST }
  if (as) headers['user-agent'] = as.userAgent
  if (as?.language) headers['accept-language'] = as.language
  if (cookies) headers.cookie = cookies
  return {
    method: 'GET',
    url: path,
    headers,
    socketAddress: as?.ip ?? '127.0.0.1',
    isTls: false,
    readBody: async () => null,
  }
}

function toAnswer(reply: FrontReply): Answer {
  const setCookies: string[] = []
  let location = ''
  for (let i = 0; i < reply.headers.length; i += 2) {
    const name = reply.headers[i]?.toLowerCase()
    const value = reply.headers[i + 1] ?? ''
    if (name === 'set-cookie') setCookies.push(value)
    else if (name === 'location') location = value
  }
  return { status: reply.status, location, body: reply.body.toString(), setCookies }
}
