import { type Api, operations, shapes } from './generated/api.ts'
import { normalize } from './normalize.ts'
import type { CallOptions, ClientOptions } from './options.ts'
import { send } from './send.ts'

/**
 * A client of the Admin API: `client.campaigns.list()`. Methods take the ids of the path, then the input, then options
 * of the call. They throw ApiError when the tracker refuses and ConnectionError when there is no answer.
 */
export function createClient(options: ClientOptions): Api {
  const base = baseOf(options.url)
  const root: Record<string, unknown> = {}
  for (const [name, [method, path, flags, shape]] of Object.entries(operations)) {
    const names = name.split('.')
    const resource = names.slice(0, -1).reduce(below, root)
    const params = path.match(/\{\w+\}/g) ?? []
    resource[names.at(-1) ?? ''] = async (...given: readonly unknown[]): Promise<unknown> => {
      const ids = given.slice(0, params.length)
      const rest = given.slice(params.length)
      const [input, call] = flags.includes('input') ? rest : [undefined, rest[0]]
      const at = params.reduce((text, param, index) => text.replace(param, idText(ids[index], name)), path)
      const isQuery = method === 'GET' || method === 'DELETE'
      const answer = await send(
        {
          operation: name,
          method,
          url: `${base}${at}${isQuery ? queryOf(input) : ''}`,
          body: isQuery || input === undefined ? null : JSON.stringify(input),
          isRepeatable: flags.includes('repeatable'),
          isRaw: flags.includes('raw'),
        },
        options,
        asOptions(call),
      )
      return answer.isModern || flags.includes('raw') ? answer.body : normalize(answer.body, shape, shapes)
    }
  }
  // The table and the interface are written from one document; TypeScript cannot see that.
  return root as unknown as Api
}

function below(node: Record<string, unknown>, name: string): Record<string, unknown> {
  const known = node[name]
  if (isRecord(known)) return known
  const made: Record<string, unknown> = {}
  node[name] = made
  return made
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

function baseOf(url: string): string {
  const bare = url.replace(/\/+$/, '')
  return bare.endsWith('/admin_api/v1') ? bare : `${bare}/admin_api/v1`
}

function idText(id: unknown, operation: string): string {
  // An empty id would make the address of something else.
  if (id === undefined || id === null || id === '') throw new TypeError(`${operation} needs an id`)
  return encodeURIComponent(String(id))
}

const asOptions = (value: unknown): CallOptions => (isRecord(value) ? value : {})

/** Nested values go as `filters[0][name]=…`, as forms have them. */
function queryOf(input: unknown): string {
  const pairs = isRecord(input) ? Object.entries(input).flatMap(([name, value]) => pairsOf(name, value)) : []
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`
}

function pairsOf(name: string, value: unknown): [string, string][] {
  if (value === undefined || value === null) return []
  if (isRecord(value)) return Object.entries(value).flatMap(([key, inner]) => pairsOf(`${name}[${key}]`, inner))
  return [[name, String(value)]]
}
