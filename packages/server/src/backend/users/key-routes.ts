import { compileIpMatcher } from '@trackyard/core/filters/ip-match.ts'
import { fail, ok, type Problem, problem, type Result } from '@trackyard/core/result.ts'
import { z } from 'zod'
import type { ConfigReader, NewApiKey } from '../../stores/config/port.ts'
import { administrators, section } from '../auth/access.ts'
import { insertApiKey } from '../auth/api-keys.ts'
import type { Backend } from '../context.ts'
import type { Input } from '../http/read-body.ts'
import { type ApiRequest, idOf, type Route } from '../route.ts'
import { presentKey } from './present.ts'
import { inChange, noUser } from './routes.ts'
import { keyAnswer, madeKeyAnswer, newKey } from './shapes.ts'
import { textOf } from './user-fields.ts'

type Limits = Pick<NewApiKey, 'name' | 'dialect' | 'readOnly' | 'ipAllowList' | 'expiresAtMs'>

/** Whose keys: those of the user in the path, or the asker's own. Null when there is no such user. */
type OwnerOf = (request: ApiRequest, reader: ConfigReader) => Promise<number | null>

const userOfPath: OwnerOf = async (request, reader) => (await reader.getUser(idOf(request)))?.id ?? null
const asker: OwnerOf = async ({ actor }, reader) => actor.userId ?? (await reader.findUser(actor.login))?.id ?? null

/** Reads the limits of a key as sent; `nowMs` because a key that has expired already is a mistake. */
export function readKey(input: Input, nowMs: number): Result<Limits> {
  const problems: Problem[] = []
  const refuse = (at: string, message: string): void => void problems.push(problem('validation', message, at))
  const name = textOf(input.name).trim()
  if (name === '') refuse('name', 'Name is required')
  else if (name.length > 100) refuse('name', 'Name must be at most 100 characters long')
  const dialect =
    input.dialect === '2017' || input.dialect === 2017 ? '2017' : input.dialect === 'modern' ? 'modern' : null
  if (dialect === null && input.dialect) refuse('dialect', 'must be 2017, modern or null')
  const flag = JSON.stringify(input.read_only ?? false)
  const readOnly = /^"?(true|1)"?$/.test(flag)
  if (!readOnly && !/^("?(false|0)"?|"")$/.test(flag)) refuse('read_only', 'must be true or false')
  const list =
    typeof input.ip_allow_list === 'string' ? input.ip_allow_list.split(/[\s,]+/) : (input.ip_allow_list ?? [])
  const entries = Array.isArray(list) ? list.map((entry) => String(entry).trim()).filter(Boolean) : []
  const matcher = compileIpMatcher(entries)
  if (!Array.isArray(list)) refuse('ip_allow_list', 'must be a list of addresses and CIDR blocks')
  else if (!matcher.ok) for (const { message } of matcher.problems) refuse('ip_allow_list', message)
  const expiresAtMs = readMoment(input.expires_at)
  if (expiresAtMs === null) refuse('expires_at', 'must be a UTC time such as 2030-12-31 23:59:59')
  else if (expiresAtMs > 0 && expiresAtMs <= nowMs) refuse('expires_at', 'must be in the future')
  if (problems.length > 0 || expiresAtMs === null) return { ok: false, problems }
  return ok({ name, dialect, readOnly, ipAllowList: entries, expiresAtMs })
}

const keyRoutesAt = (path: string, access: (verb: 'read' | 'write') => Route['access'], ownerOf: OwnerOf): Route[] => [
  {
    method: 'GET',
    path,
    description: 'API keys with their limits and last use; the keys themselves are never shown again',
    access: access('read'),
    answers: z.array(keyAnswer),
    async handle(request, { configStore }) {
      const owner = await ownerOf(request, configStore)
      return owner === null ? noOwner(request) : ok((await configStore.listApiKeys(owner)).map(presentKey))
    },
  },
  {
    method: 'POST',
    path,
    description: 'Make an API key; the answer is the only one that shows it',
    accepts: newKey,
    example: { name: 'nightly reports', read_only: true },
    answers: madeKeyAnswer,
    access: access('write'),
    handle: (request, backend) =>
      inChange(request.actor, backend, async (writer) => {
        const owner = await ownerOf(request, writer)
        if (owner === null) return noOwner(request)
        const read = readKey(request.input, backend.clock.nowMs())
        if (!read.ok) return read
        const { id, key } = await insertApiKey(writer, owner, read.value.name, read.value)
        const made = (await writer.listApiKeys(owner)).find((one) => one.id === id)
        return ok({ ...(made ? presentKey(made) : {}), key })
      }),
  },
  {
    method: 'DELETE',
    path: `${path}/:key_id`,
    description: 'Delete an API key; it stops working at once',
    answers: keyAnswer,
    access: access('write'),
    handle: (request, backend) => removeKey(request, backend, ownerOf),
  },
]

export const keyRoutes: readonly Route[] = [
  ...keyRoutesAt('/users/:id/api_keys', administrators, userOfPath),
  ...keyRoutesAt('/api_keys', (verb) => section(verb, 'api_keys'), asker),
]

const removeKey = (request: ApiRequest, backend: Backend, ownerOf: OwnerOf): Promise<Result<unknown>> =>
  inChange(request.actor, backend, async (writer) => {
    const owner = await ownerOf(request, writer)
    if (owner === null) return noOwner(request)
    const id = Number(request.params.key_id)
    const key = (await writer.listApiKeys(owner)).find((one) => one.id === id)
    if (!key) return fail(problem('not_found', 'There is no API key with this id.'))
    await writer.removeApiKey(id)
    return ok(presentKey(key))
  })

const noOwner = (request: ApiRequest) =>
  request.params.id === undefined
    ? fail(problem('not_found', 'The key from the settings has no keys of its own: set up an administrator first.'))
    : noUser(request)

/** 0 for none, null for what is no time. */
function readMoment(value: unknown): number | null {
  if (value === undefined || value === null || value === '') return 0
  const text = textOf(value).trim()
  const match = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)Z?)?$/.exec(text)
  const atMs = match ? Date.parse(`${match[1]}T${match[2] ?? '00:00'}Z`) : Number.NaN
  return Number.isFinite(atMs) ? atMs : null
}
