import { request } from 'node:http'
import { HOLD_INGEST_PATH } from '../backend/ingest/hold-route.ts'

/** While it lasts, nothing moves from the spool into the event store. */
export interface Hold {
  readonly isBroken: boolean
  release(): void
}

/** Asks the backend to pause ingest; the pause ends with the connection. Null when no backend answers. */
export function holdIngest(backendSocket: string): Promise<Hold | null> {
  return new Promise((resolve) => {
    const asked = request({ socketPath: backendSocket, path: HOLD_INGEST_PATH, method: 'POST', agent: false })
    let isBroken = false
    asked.once('response', (response) => {
      if (response.statusCode !== 200) return resolve(null)
      response.on('error', () => undefined)
      response.once('close', () => {
        isBroken = true
      })
      response.once('data', () =>
        resolve({
          get isBroken() {
            return isBroken
          },
          release: () => asked.destroy(),
        }),
      )
      response.once('end', () => resolve(null))
    })
    asked.on('error', () => resolve(null))
    asked.end()
  })
}
