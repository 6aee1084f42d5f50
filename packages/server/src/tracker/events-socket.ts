import { chmodSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { adminRecord, parseAdminEvent } from '@trackyard/core/events/admin-event.ts'
import { fail, problem, type Result } from '@trackyard/core/result.ts'
import { messageOf } from '../log.ts'
import { type SimulationAnswer, type SimulationCall, simulationCall } from '../simulation.ts'
import { MAX_PAYLOAD_BYTES } from '../spool/record.ts'
import type { SpoolWriter } from '../spool/writer.ts'

const MAX_BODY_BYTES = 16 * 1_048_576

/**
 * Where the backend hands in what people change about events (`POST /events`, an event a line) and asks what would
 * become of a visitor (`POST /simulate`). The tracker alone writes
 * the spool, so that positions have one order. All lines are taken or none; the answer, their positions, is given once
 * they are written. 500 leaves open whether they will be; after any other refusal they will not. Over the socket nobody else comes in: its directory is the owner's.
 */
export async function listenForEvents(
  path: string,
  spool: Pick<SpoolWriter, 'append' | 'failure'>,
  simulate: Simulate = () => fail(problem('unavailable', 'No campaigns are known yet.')),
): Promise<{ close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (request.method !== 'POST' || (request.url !== '/events' && request.url !== '/simulate'))
      return answer(404, { error: 'There are POST /events and POST /simulate.' })
    const body = await readBody(request).catch(() => null)
    if (body === null) return answer(413, { error: `At most ${MAX_BODY_BYTES} bytes.` })
    if (request.url === '/simulate') return simulated(body, simulate, answer)
    const lines = body.split('\n').filter((line) => line !== '')
    const events = lines.flatMap((line) => parseAdminEvent(line) ?? [])
    if (events.length < lines.length) return answer(400, { error: 'A line is not an event that may be handed in.' })
    if (spool.failure !== '') return answer(503, { error: `The spool cannot be written: ${spool.failure}` })
    const records = events.map(adminRecord)
    if (records.some((record) => Buffer.byteLength(record) > MAX_PAYLOAD_BYTES))
      return answer(413, { error: `An event takes at most ${MAX_PAYLOAD_BYTES} bytes.` })
    const written = await Promise.all(records.map((record) => append(spool, record)))
    const positions = written.flatMap((position) => position ?? [])
    // Not "nothing was written": what the disk refuses waits in memory and is written once there is room.
    if (positions.length < events.length) return answer(500, { error: 'The disk refused while it was written.' })
    answer(200, { positions })
  })
  // A process that was killed leaves its socket behind.
  rmSync(path, { force: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  chmodSync(path, 0o600)
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type Simulate = (call: SimulationCall) => Result<SimulationAnswer>

/** `POST /simulate`: what would become of a visitor; nothing is written. */
function simulated(body: string, simulate: Simulate, answer: (status: number, body: object) => void): void {
  const call = simulationCall.safeParse(parseJson(body))
  if (!call.success) return answer(400, { error: 'The body is not a call that may be simulated.' })
  try {
    const result = simulate(call.data)
    if (result.ok) answer(200, result.value)
    else answer(409, { error: result.problems.map(({ message }) => message).join(' ') })
  } catch (error) {
    answer(409, { error: messageOf(error) })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const append = (spool: Pick<SpoolWriter, 'append'>, record: string): Promise<number | null> =>
  new Promise((resolve) => spool.append(record, (durable, seq) => resolve(durable && seq !== undefined ? seq : null)))

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue
    length += chunk.length
    if (length > MAX_BODY_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
