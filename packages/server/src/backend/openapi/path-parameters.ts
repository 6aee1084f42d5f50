import type { JsonSchema } from './schema.ts'

/** Parameters in paths: what they are and what they look like. */
const parameters: Readonly<Record<string, { readonly help: string; readonly schema: JsonSchema }>> = {
  id: { help: 'Id of what the path is about.', schema: { type: 'integer', minimum: 1 } },
  code: { help: 'Code of the currency, such as EUR.', schema: { type: 'string' } },
  key_id: { help: 'Id of the API key.', schema: { type: 'integer', minimum: 1 } },
  key: { help: 'Name of the setting.', schema: { type: 'string' } },
  stream_id: { help: 'Id of the stream.', schema: { type: 'integer', minimum: 1 } },
  sub_id: { help: 'The public id of a click: 17 characters.', schema: { type: 'string' } },
  conversion_id: { help: 'Id of the conversion.', schema: { type: 'string' } },
  name: { help: 'Kind of log, as listed by logs/types, or id of an entry.', schema: { type: 'string' } },
  type: { help: 'Kind of log, as listed by logs/types.', schema: { type: 'string' } },
}

/** One that is missing above gets no description, which a test notices. */
export function pathParameter(name: string) {
  const known = parameters[name] ?? { help: '', schema: { type: 'string' } }
  return { name, in: 'path', required: true, description: known.help, schema: known.schema }
}
