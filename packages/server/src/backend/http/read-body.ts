import { fail, ok, problem, type Result } from '@trackyard/core/result.ts'
import { jsonErrorPosition } from '../../json-position.ts'
import { fromPairs, parseForm } from './form.ts'

export type Input = Readonly<Record<string, unknown>>

// Deeper bodies serve nobody, and writing them out again would exhaust the stack.
const MAX_DEPTH = 64

/**
 * Reads a request body whatever its content type says (reference admin-api §1.2): JSON, a form, a multipart form, or
 * nothing at all. Files of a multipart form are bytes. `[]` and `null` are what PHP sends for "no parameters".
 */
export async function readBody(bytes: Buffer, contentType: string): Promise<Result<Input>> {
  if (bytes.length === 0) return ok({})
  if (/^multipart\/form-data/i.test(contentType)) return readMultipart(bytes, contentType)
  // A file that is the body: routes that take files find it as one.
  if (/^text\/(?:csv|tab-separated-values)\b/i.test(contentType)) return ok({ file: new Uint8Array(bytes) })
  const text = bytes
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trim()
  if (text === '') return ok({})
  if (/^[{["]/.test(text) || /json/i.test(contentType) || !text.includes('=')) return readJson(text)
  return ok(parseForm(text))
}

function readJson(text: string): Result<Input> {
  const parsed = parseJson(text, 'The body')
  if (!parsed.ok) return parsed
  const { value } = parsed
  if (value === null || (Array.isArray(value) && value.length === 0)) return ok({})
  if (typeof value !== 'object' || Array.isArray(value))
    return fail(problem('bad_request', 'The body must be a JSON object.'))
  return ok({ ...value })
}

/**
 * Reads JSON of at most 64 levels. `subject` begins the sentence of the problem (`bad_request`), which tells the place
 * of an error.
 */
export function parseJson(text: string, subject: string): Result<unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return fail(problem('bad_request', `${subject} is not valid JSON: see ${jsonErrorPosition(text)}.`))
  }
  return isDeeperThan(value, MAX_DEPTH)
    ? fail(problem('bad_request', `${subject} is nested deeper than ${MAX_DEPTH} levels.`))
    : ok(value)
}

async function readMultipart(bytes: Buffer, contentType: string): Promise<Result<Input>> {
  try {
    const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } }).formData()
    const texts: (readonly [string, string])[] = []
    const files: Record<string, Uint8Array> = {}
    for (const [name, value] of form) {
      if (typeof value === 'string') texts.push([name, value])
      else if (name !== '__proto__') files[name] = await value.bytes()
    }
    return ok({ ...fromPairs(texts), ...files })
  } catch {
    return fail(problem('bad_request', 'The multipart body cannot be read.'))
  }
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1))
}
