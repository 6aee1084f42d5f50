import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { type Input, parseJson } from '../http/read-body.ts'
import { type BatchObject, batchObjects, unknownObject } from './objects.ts'

/** One command of a batch as the request it stands for. */
export interface BatchRequest {
  readonly method: BatchObject['method']
  /** Below `/admin_api/v1`, its parameters filled in. */
  readonly path: string
  readonly input: Input
  readonly answers: BatchObject['answers']
}

// What an id may look like; nothing that would make another path of it.
const PATH_VALUE = /^\w[\w.-]{0,99}$/

/**
 * Reads `{method, object, postData, params, path}` (reference admin-api §1.11). `object` alone says what is done, so
 * that `method` and `path` are not looked at; fields come from `params` and `postData`, the latter wins. Answers
 * `bad_request` for what is no command, `not_found` for an unknown object and `validation` for an id that is missing.
 */
export function readCommand(command: unknown): Result<BatchRequest> {
  if (!isRecord(command))
    return fail(problem('bad_request', 'A command must be an object, as in {"object": "campaigns.index"}.'))
  const { object: _, ...params } = isRecord(command.params) ? command.params : {}
  const name = command.object ?? (isRecord(command.params) ? command.params.object : undefined)
  if (typeof name !== 'string' || name === '')
    return fail(problem('bad_request', 'Name in "object" what is to be done, as in "campaigns.index".'))
  const target = batchObjects.get(name)
  if (!target) return fail(problem('not_found', unknownObject(name)))
  const posted = readPosted(command.postData)
  return posted.ok ? toRequest(name, target, { ...params, ...posted.value }) : posted
}

function readPosted(data: unknown): Result<Input> {
  const value = typeof data === 'string' && data.trim() !== '' ? parseJson(data, '"postData"') : ok(data)
  if (!value.ok) return value
  const given = value.value
  if (given === undefined || given === null || given === '' || (Array.isArray(given) && given.length === 0))
    return ok({})
  return isRecord(given) ? ok(given) : fail(problem('bad_request', '"postData" must be a JSON object, or one as text.'))
}

function toRequest(name: string, { method, path, answers }: BatchObject, input: Input): Result<BatchRequest> {
  const [, field] = /:(\w+)/.exec(path) ?? []
  if (field === undefined) return ok({ method, path, input, answers })
  const { [field]: value, ...rest } = input
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : ''
  if (!PATH_VALUE.test(text))
    return fail(problem('validation', `Give the ${field} that ${name} is about, in "postData" or "params".`, field))
  return ok({ method, path: path.replace(`:${field}`, text), input: rest, answers })
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
