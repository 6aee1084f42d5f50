import { fail, ok, type Problem, problem, type Result } from '@trackyard/core/result.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DIALECT_HEADER } from '../dialect/dialect.ts'
import { answerProblems } from '../http/answer.ts'
import { createHints, HINT_HEADER } from '../http/hints.ts'
import { parseJson } from '../http/read-body.ts'
import { type BatchRequest, readCommand } from './command.ts'
import { toOptions } from './options.ts'

const MAX_COMMANDS = 100

/** What the caller is known by: each command is sent as the same one. */
const PASSED_ON = ['api-key', 'authorization', 'cookie', 'x-csrf-token', DIALECT_HEADER]

/** What the batch shares with the API around it. */
interface BatchSettings {
  readonly apiBase: string
  readonly bodyLimitBytes: number
  readonly validationStatus: number
  addressOf(request: FastifyRequest): string
  refuse(reply: FastifyReply, ...problems: readonly Problem[]): FastifyReply
}

/**
 * `POST /admin/?batch` and `?bulk` (reference admin-api §1.11): several calls in one request. `api` is where callers
 * were told apart already. Every command takes the way of a single call with the caller's own headers and address, so
 * it can do what the caller could do without it and is written to the audit log the same. Commands run one after
 * another; one that fails does not stop those behind it, and nothing is taken back.
 */
export function registerBatch(api: FastifyInstance, settings: BatchSettings): void {
  const { apiBase, bodyLimitBytes, validationStatus, addressOf, refuse } = settings

  const run = async (request: FastifyRequest, { method, path, input, answers }: BatchRequest): Promise<Entry> => {
    const headers = Object.fromEntries(PASSED_ON.flatMap((name) => entryOf(name, request.headers[name])))
    const reply = await api.inject({
      method,
      url: `${apiBase}${path}`,
      headers,
      // Without an address, the caller came over the socket of this machine: it stays local.
      remoteAddress: addressOf(request),
      payload: JSON.stringify(input),
    })
    const isJson = String(reply.headers['content-type']).startsWith('application/json')
    const body = reply.body === '' ? 'null' : isJson ? reply.body : JSON.stringify(reply.body)
    const hints = [reply.headers[HINT_HEADER] ?? []].flat().map(String)
    const status = reply.statusCode
    return { status, body: answers === 'options' && status === 200 ? toOptions(body) : body, hints }
  }

  api.post('/admin', { bodyLimit: bodyLimitBytes }, async (request, reply) => {
    if (!isBatch(request.query)) return reply.callNotFound()
    const commands = readCommands(request.body)
    if (!commands.ok) return refuse(reply, ...commands.problems)
    const answers: string[] = []
    const hints = createHints()
    for (const [index, given] of commands.value.entries()) {
      const command = readCommand(given)
      const entry = command.ok ? await run(request, command.value) : refused(command.problems, validationStatus)
      answers.push(`{"body":${entry.body},"statusCode":${entry.status},"headers":[]}`)
      for (const hint of entry.hints) hints.add(`Command ${index + 1}: ${hint}`)
    }
    if (hints.list.length > 0) reply.header(HINT_HEADER, hints.list)
    return reply.type('application/json').send(`[${answers.join(',')}]`)
  })
}

/** `body` is JSON text. */
interface Entry {
  readonly status: number
  readonly body: string
  readonly hints: readonly string[]
}

function refused(problems: readonly Problem[], validationStatus: number): Entry {
  const { status, body } = answerProblems(problems, validationStatus)
  return { status, body: JSON.stringify(body), hints: [] }
}

const isBatch = (query: unknown): boolean =>
  typeof query === 'object' && query !== null && (Object.hasOwn(query, 'batch') || Object.hasOwn(query, 'bulk'))

function readCommands(body: unknown): Result<readonly unknown[]> {
  const text = Buffer.isBuffer(body) ? body.toString('utf8').replace(/^\ufeff/, '') : ''
  const value = text.trim() === '' ? ok(null) : parseJson(text, 'The body')
  if (!value.ok) return value
  if (!Array.isArray(value.value)) {
    const words = 'The body must be a JSON array of commands, as in [{"object": "campaigns.index"}].'
    return fail(problem('bad_request', words))
  }
  const commands: readonly unknown[] = value.value
  return commands.length <= MAX_COMMANDS
    ? ok(commands)
    : fail(
        problem('bad_request', `At most ${MAX_COMMANDS} commands may be sent at once; these are ${commands.length}.`),
      )
}

const entryOf = (name: string, value: string | string[] | undefined): (readonly [string, string])[] => {
  const [first] = [value].flat()
  return first === undefined ? [] : [[name, first]]
}
