import { request } from 'node:http'
import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { type SimulationAnswer, type SimulationCall, simulationAnswer } from '../../simulation.ts'

/** Finds out what would become of a visitor; the tracker does, as it alone has everything a click meets. */
export interface Simulator {
  simulate(call: SimulationCall): Promise<Result<SimulationAnswer>>
}

const ANSWER_MS = 10_000

/** Asks the tracker over its socket. */
export const openSocketSimulator = (socketPath: string): Simulator => ({
  simulate: (call) =>
    new Promise((resolve) => {
      const options = { socketPath, method: 'POST', path: '/simulate', timeout: ANSWER_MS, agent: false }
      const sent = request(options, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', () => resolve(down()))
        response.on('end', () => resolve(readAnswer(response.statusCode ?? 0, Buffer.concat(chunks).toString())))
      })
      sent.on('timeout', () => sent.destroy())
      sent.on('error', () => resolve(down()))
      sent.end(JSON.stringify(call))
    }),
})

function readAnswer(status: number, body: string): Result<SimulationAnswer> {
  if (status !== 200) return down(` (${body.slice(0, 300)})`)
  try {
    return ok(simulationAnswer.parse(JSON.parse(body)))
  } catch {
    return down(' (its answer cannot be read)')
  }
}

const down = (why = ''): Result<never> =>
  fail(
    problem(
      'unavailable',
      `Nothing was simulated: the part of Trackyard that serves visitors did not answer${why}. Try again in a moment.`,
    ),
  )
