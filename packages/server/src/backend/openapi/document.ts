import { type ProblemCode, problems } from '@trackyard/core/problems.ts'
import type { z } from 'zod'
import { answerShape, differenceNotes } from '../dialect/answer-shape.ts'
import type { Dialect } from '../dialect/dialect.ts'
import type { Route } from '../route.ts'
import { accessText, type OperationInfo, toOperations } from './operations.ts'
import { hintHeader, problemResponses, securitySchemes, sharedSchemas } from './parts.ts'
import { pathParameter } from './path-parameters.ts'
import { type JsonSchema, opened, toJsonSchema } from './schema.ts'
import { tagDescription } from './tags.ts'
import { decidedOf } from './undetermined.ts'

export interface DocumentOptions {
  /** Whose answers are described. */
  readonly dialect: Dialect
  /** Status of refused fields. */
  readonly validationStatus: number
  /** Answers may have no property that is not described: for tests. Without it they may, as later versions add some. */
  readonly isClosed?: true
}

export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> } & Readonly<Record<string, unknown>>
  readonly [key: string]: unknown
}

/** The OpenAPI document of a table of routes. The same routes and options give the same document. */
export function createDocument(routes: readonly Route[], options: DocumentOptions): OpenApiDocument {
  const schemas = new Map<string, JsonSchema>(Object.entries(sharedSchemas))
  const operations = toOperations(routes)
  const convert = (type: z.ZodType, direction: 'input' | 'output'): JsonSchema => {
    const { schema, components } = toJsonSchema(type, direction)
    for (const [name, component] of components) keep(schemas, name, component, options)
    return direction === 'output' && !options.isClosed ? asSchema(opened(schema)) : schema
  }
  const paths: Record<string, Record<string, JsonSchema>> = {}
  for (const operation of operations) {
    const methods = paths[operation.path] ?? {}
    methods[operation.route.method.toLowerCase()] = describe(operation, options, convert)
    paths[operation.path] = methods
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Trackyard Admin API',
      version: '1',
      license: { name: 'MIT', identifier: 'MIT' },
      description: INTRODUCTION[options.dialect],
    },
    servers: [{ url: '/admin_api/v1', description: 'This installation.' }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name, description: tagDescription(name) })),
    security: [{ apiKey: [] }, { bearer: [] }, { session: [], csrf: [] }],
    paths,
    components: {
      schemas: Object.fromEntries([...schemas].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      responses: problemResponses(options.validationStatus),
      headers: { Hint: hintHeader },
      securitySchemes,
    },
  }
}

const CONVENTIONS = `Numbers may be sent as text, booleans as 0 and 1, and null leaves a field unset. Bodies are JSON or forms, whatever their content type says; the fields of a body may also stand in the query string. Fields that are not known are ignored, and a header \`Trackyard-Hint\` says so. Times are UTC, such as \`2026-03-04 10:00:00\`.`

const INTRODUCTION: Readonly<Record<Dialect, string>> = {
  modern: `Everything the tracker can be told and asked. ${CONVENTIONS}\n\nAnswers come in two dialects: this document describes \`modern\`; \`openapi.json?dialect=2017\` describes the shapes of the first Admin API. Ask for one with the header \`Api-Dialect: modern\`, or set the dialect of your key.`,
  '2017': `Everything the tracker can be told and asked, with answers in the shapes of the first Admin API (\`Api-Dialect: 2017\`). ${CONVENTIONS}`,
}

type Convert = (type: z.ZodType, direction: 'input' | 'output') => JsonSchema

function describe({ route, id, tag, params, aliasOf }: OperationInfo, options: DocumentOptions, convert: Convert) {
  const { description, access, accepts, presents } = route
  const isRead = route.method === 'GET' || route.method === 'DELETE'
  const notes = presents && options.dialect === 'modern' ? differenceNotes('2017', presents) : []
  const decided = decidedOf(route.method, route.path)
  const inQuery = accepts && isRead ? queryParameters(accepts, convert) : []
  return {
    operationId: id,
    tags: [tag],
    summary: description,
    description: [
      `${sentence(description)} ${accessText(access)}`,
      ...(aliasOf === null ? [] : [`Another way to ${aliasOf}.`]),
      ...(decided === null ? [] : [`Not settled by what is known of Keitaro’s API; decided here: ${decided}`]),
      ...(notes.length > 0 ? [`In the dialect \`2017\`: ${notes.join(' ')}`] : []),
    ].join('\n\n'),
    'x-access': access,
    ...(decided === null ? {} : { 'x-undetermined': true }),
    ...(aliasOf === null ? {} : { 'x-alias-of': aliasOf }),
    ...(access.for === 'public' ? { security: [] } : {}),
    ...(params.length + inQuery.length > 0
      ? { parameters: [...params.map((name) => pathParameter(name)), ...inQuery] }
      : {}),
    ...(accepts && !isRead ? { requestBody: bodyOf(route, accepts, convert(accepts, 'input')) } : {}),
    responses: {
      '200': answerOf(route, options, convert),
      ...(route.isRefusal ? { [problems.unsupported.status]: { $ref: '#/components/responses/unsupported' } } : {}),
      ...Object.fromEntries(
        problemsOf(route).map((code) => [
          String(code === 'validation' ? options.validationStatus : problems[code].status),
          { $ref: `#/components/responses/${code}` },
        ]),
      ),
      '500': { $ref: '#/components/responses/failure' },
    },
  }
}

/** Two kinds of entities, or one entity in two shapes, must not share a name. */
function keep(
  schemas: Map<string, JsonSchema>,
  name: string,
  component: JsonSchema,
  { isClosed }: DocumentOptions,
): void {
  const schema = isClosed ? component : asSchema(opened(component))
  const known = schemas.get(name)
  if (known && JSON.stringify(known) !== JSON.stringify(schema)) throw new Error(`Two schemas are called ${name}`)
  schemas.set(name, schema)
}

function queryParameters(accepts: z.ZodObject, convert: Convert) {
  const { properties, required = [] } = whole(convert(accepts.clone().meta({}), 'input'))
  return Object.entries(properties).map(([name, schema]) => {
    const { description, deprecated, ...rest } = schema
    return {
      name,
      in: 'query',
      description,
      ...(required.includes(name) ? { required: true } : {}),
      ...(deprecated === true ? { deprecated } : {}),
      ...(isNested(rest) ? { style: 'deepObject', explode: true } : {}),
      schema: rest,
    }
  })
}

function bodyOf({ isUpload, example }: Route, { shape }: z.ZodObject, schema: JsonSchema) {
  const content = { schema, ...(example === undefined ? {} : { example }) }
  return {
    description: 'Fields as JSON, or as a form.',
    required: Object.values<z.ZodType>(shape).some((field) => !field.safeParse(undefined).success),
    content: {
      'application/json': content,
      ...(isUpload ? { 'multipart/form-data': content } : {}),
    },
  }
}

function answerOf(route: Route, { dialect }: DocumentOptions, convert: Convert) {
  const answers = route.presents ? answerShape(dialect, route.presents) : route.answers
  const headers = { 'Trackyard-Hint': { $ref: '#/components/headers/Hint' } }
  if (!answers) return { description: 'Done; the body is empty.', headers }
  return {
    description: 'Done.',
    headers,
    content: {
      [route.answerType ?? 'application/json']: { schema: convert(answers, 'output') },
      ...Object.fromEntries((route.alsoAnswers ?? []).map((type) => [type, { schema: { type: 'string' } }])),
    },
  }
}

/** What may go wrong, by what the route is. */
function problemsOf({ method, path, access, accepts, presents }: Route): ProblemCode[] {
  const isChange = method !== 'GET'
  return [
    'bad_request',
    'unauthorized',
    ...(access.for === 'public' ? [] : (['forbidden', 'not_found'] as const)),
    ...(accepts || presents || isChange || path.includes(':') ? (['validation'] as const) : []),
    'too_large',
    ...(path.startsWith('/auth/') ? (['too_many_requests'] as const) : []),
    'unavailable',
  ]
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)

const isNested = ({ type }: Readonly<Record<string, unknown>>): boolean => type === 'object'

interface ObjectSchema {
  readonly properties: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
}

function whole(schema: JsonSchema): ObjectSchema {
  if (!isObjectSchema(schema)) throw new Error('What a route reads from the query must be an object without a name')
  return schema
}

const isObjectSchema = (schema: object): schema is ObjectSchema =>
  'properties' in schema && typeof schema.properties === 'object' && schema.properties !== null

const asSchema = (value: unknown): JsonSchema => (typeof value === 'object' && value !== null ? { ...value } : {})
