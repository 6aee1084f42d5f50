import { Agent } from 'node:http'
import { Agent as SecureAgent } from 'node:https'
import type { KeptConnections } from './open-target.ts'

/** Shorter than what servers commonly allow, so that they seldom close one just as it is used again. */
const IDLE_MS = 4000

/** Connections that are used again for a few seconds; `close` ends them. */
export function keepConnections(maxPerHost: number): KeptConnections & { close(): void } {
  const options = { keepAlive: true, maxSockets: maxPerHost, maxFreeSockets: maxPerHost, timeout: IDLE_MS }
  const http = new Agent(options)
  const https = new SecureAgent(options)
  return {
    http,
    https,
    close() {
      http.destroy()
      https.destroy()
    },
  }
}
