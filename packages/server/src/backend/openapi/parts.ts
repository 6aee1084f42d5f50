import { problems } from '@trackyard/core/problems.ts'

/** The parts of the document that do not come from routes. */

export const sharedSchemas = {
  Error: {
    type: 'object',
    description: 'What went wrong.',
    properties: { error: { type: 'string', description: 'What went wrong, and what to do about it.' } },
    required: ['error'],
    additionalProperties: false,
    examples: [{ error: 'There is no campaign 312.' }],
  },
  FieldErrors: {
    type: 'object',
    description: 'Messages by field. Nested fields are named by their path, such as `filters.0.payload`.',
    minProperties: 1,
    additionalProperties: { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } },
    examples: [{ alias: ['Alias is already used by campaign 12'] }],
  },
} as const

export const hintHeader = {
  description:
    'Something that was accepted and is probably not meant, in a sentence that names the field and the cure. It may come several times.',
  schema: { type: 'string', examples: ['"payuot_value" is not a field of an offer; did you mean "payout_value"?'] },
}

export const securitySchemes = {
  apiKey: { type: 'apiKey', in: 'header', name: 'Api-Key', description: 'An API key; it has the rights of its user.' },
  bearer: { type: 'http', scheme: 'bearer', description: 'The same key as `Authorization: Bearer`.' },
  session: { type: 'apiKey', in: 'cookie', name: 'trackyard_session', description: 'Set by auth/login.' },
  csrf: {
    type: 'apiKey',
    in: 'header',
    name: 'X-CSRF-Token',
    description: 'Goes with the session cookie on every request but GET; auth/login and auth/session tell it.',
  },
}

/** The answers to what goes wrong, by the code of the problem. */
export function problemResponses(validationStatus: number): Record<string, unknown> {
  const ref = (schema: string) => ({ $ref: `#/components/schemas/${schema}` })
  const response = (description: string, schema: object) => ({
    description,
    content: { 'application/json': { schema } },
  })
  // With the status of refused fields set to that of refused requests, either may come.
  const fields =
    validationStatus === problems.unsupported.status
      ? { anyOf: [ref('FieldErrors'), ref('Error')] }
      : ref('FieldErrors')
  const byCode = Object.entries(problems).map(([code, { help }]) => [
    code,
    response(help, code === 'validation' ? fields : ref('Error')),
  ])
  return {
    ...Object.fromEntries(byCode),
    failure: response('A bug, or a broken dependency: the log of the server tells more.', ref('Error')),
  }
}
