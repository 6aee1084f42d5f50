import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { dimensions } from '../../packages/core/src/report/dimensions.ts'
import { createDocument } from '../../packages/server/src/backend/openapi/document.ts'
import { routes } from '../../packages/server/src/backend/routes.ts'
import { asSchema, type Schema } from '../../tools/json-schema-types.ts'
import { buildPackage, PACKAGE } from './folders.ts'

/**
 * Writes what the node need not say twice, from the OpenAPI document: the fields of requests and the shapes of
 * answers. `node generate.ts FOLDER` builds the package in FOLDER to read its table of operations; with `--check`
 * nothing is written, and it fails when a file is not what the document says.
 */

interface Operation {
  readonly value: string
  readonly method: string
  readonly path: string
  readonly answer: string
}
interface Resource {
  readonly value: string
  readonly operations: readonly Operation[]
}

const FIELDS = 'nodes/Keitaro/fields.generated.ts'
const SCHEMAS = 'nodes/Keitaro/__schema__/v1.0.0'

const document = asSchema(
  JSON.parse(JSON.stringify(createDocument(routes, { dialect: 'modern', validationStatus: 406 }))),
)
const anyId = (path: string): string => path.replace(/\{\w+\}/g, '{id}')
const paths = Object.fromEntries(
  Object.entries(asSchema(document.paths)).map(([path, item]) => [anyId(path), asSchema(item)]),
)
const schemas = asSchema(asSchema(document.components).schemas)

/** Every file that is generated, by its path in the package. */
export function generatedFiles(built: string): Map<string, string> {
  const load = (file: string) => createRequire(import.meta.url)(join(built, 'dist/nodes', file))
  const { resources } = load('Keitaro/operations/index.js') as { resources: readonly Resource[] }
  const { CLICK_COLUMNS, CONVERSION_COLUMNS } = load('shared/log-columns.js')
  const columns: Readonly<Record<string, readonly string[]>> = {
    '/clicks/log': CLICK_COLUMNS,
    '/conversions/log': CONVERSION_COLUMNS,
    '/report/build': load('Keitaro/operations/report-request.js').METRICS,
  }
  const files = new Map<string, string>()
  const fields = new Map<string, [string, object][]>()
  for (const resource of resources)
    for (const operation of resource.operations) {
      const described = asSchema(paths[operation.path]?.[operation.method.toLowerCase()])
      const found = fieldsOf(described)
      if (found.length > 0) fields.set(`${operation.method} ${operation.path}`, found)
      const answer =
        operation.answer === 'rows'
          ? rowOf(columns[operation.path] ?? [])
          : shapeOf(answerOf(described, operation.answer), 0)
      files.set(
        `${SCHEMAS}/${resource.value}/${operation.value}.json`,
        `${JSON.stringify({ type: 'object', properties: {}, ...answer, version: 1 }, null, '\t')}\n`,
      )
    }
  const lines = [...fields]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([key, list]) =>
        `\t'${key}': {\n${list.map(([name, field]) => `\t\t${name}: ${JSON.stringify(field)},\n`).join('')}\t},\n`,
    )
  files.set(
    FIELDS,
    `// Written by e2e/n8n/generate.ts from the OpenAPI document of the server.\nimport type { Field } from './operations/operation';\n\n/** Fields of requests as the API describes them, by method and path. */\nexport const describedFields: Readonly<Record<string, Readonly<Record<string, Omit<Field, 'name'>>>>> = {\n${lines.join('')}};\n`,
  )
  return files
}

function resolved(schema: unknown): Schema {
  const one = asSchema(schema)
  return typeof one.$ref === 'string' ? asSchema(schemas[one.$ref.split('/').at(-1) ?? '']) : one
}

function fieldsOf(described: Schema): [string, object][] {
  const body = resolved(asSchema(asSchema(asSchema(described.requestBody).content)['application/json']).schema)
  const required = Array.isArray(body.required) ? body.required : []
  const inBody = Object.entries(asSchema(body.properties)).map(([name, schema]) => ({
    name,
    schema: asSchema(schema),
    isRequired: required.includes(name),
  }))
  const inQuery = (Array.isArray(described.parameters) ? described.parameters : [])
    .map(asSchema)
    .filter((parameter) => parameter.in === 'query')
    .map((one) => ({
      name: String(one.name),
      schema: { ...asSchema(one.schema), description: one.description },
      isRequired: one.required === true,
    }))
  return [...inBody, ...inQuery]
    .filter(({ name, schema }) => isForPeople(name, String(schema.description ?? '')))
    .map(({ name, schema, isRequired }) => [
      name,
      {
        ...typeOf(name, schema),
        description: sentence(String(schema.description ?? resolved(schema).description ?? name)),
        ...(isRequired ? { required: true } : {}),
      },
    ])
}

/** Other names of a field, and files as text, have no place in a form. */
const isForPeople = (name: string, description: string): boolean =>
  !/^(another|newer|other) name of/i.test(description) &&
  !description.startsWith('Kept for clients') &&
  name !== 'archive' &&
  name !== 'draft'

const MONEY = /^(cost|cost_value|payout_value|revenue)$/
const DATE = /(_date|_datetime|_at|^from|^to)$/

function typeOf(name: string, schema: Schema): object {
  const variants = Array.isArray(schema.anyOf)
    ? schema.anyOf.map(resolved).filter(({ type }) => type !== 'null')
    : [resolved(schema)]
  const [first = {}] = variants
  const types = variants.flatMap(({ type }) => (Array.isArray(type) ? type : [type])).map(String)
  const options = variants.flatMap((one) => (Array.isArray(one.enum) ? one.enum : [])).filter((value) => value !== null)
  const value = schema.default ?? first.default
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  const preset = isPlain ? { default: value } : {}
  if (options.length > 0 && types.every((type) => type === 'string')) return { type: 'options', options, ...preset }
  if (types.includes('array')) {
    const isSimple = variants.every((one) => one.type !== 'array' || resolved(one.items).type !== 'object')
    return isSimple
      ? { type: 'list', ...(name.endsWith('_ids') ? { items: 'ids' } : {}) }
      : { type: 'json', default: '[]' }
  }
  if (types.includes('boolean')) return { type: 'boolean', ...preset }
  if (MONEY.test(name) || types.every((type) => type === 'integer' || type === 'number'))
    return { type: 'number', ...preset }
  if (types.includes('object') && !types.includes('string'))
    return resolved(first.additionalProperties).type === 'string' && types.length === 1
      ? { type: 'pairs' }
      : { type: 'json', default: '{}' }
  if (DATE.test(name)) return { type: 'date' }
  if (types.includes('object') || (name === 'value' && types.includes('undefined'))) return { type: 'any' }
  return { type: 'string', ...preset }
}

/** As n8n writes descriptions: one that ends without a full stop, with words in capitals where they are names. */
const sentence = (text: string): string => text.replaceAll('`', '').replace(/\.$/, '').replaceAll('<', '&lt;')

/** Shape of one item that the node puts out with Simplify. */
function answerOf(described: Schema, answer: string): Schema {
  if (answer === 'deleted')
    return { type: 'object', properties: { deleted: { type: 'boolean' }, id: { type: 'integer' } } }
  const whole = resolved(
    asSchema(asSchema(asSchema(asSchema(described.responses)['200']).content)['application/json']).schema,
  )
  const one = whole.type === 'array' ? resolved(whole.items) : whole
  return one.type === 'string' ? { type: 'object', properties: { value: { type: 'string' } } } : one
}

/** Shape of a row with these columns; those that are no dimension are figures. */
const rowOf = (columns: readonly string[]): Schema => ({
  properties: Object.fromEntries(columns.map((name) => [name, { type: kindOf(name) }])),
})

function kindOf(column: string): string {
  const kind = dimensions[column]?.kind ?? 'number'
  if (kind === 'flag') return 'boolean'
  return kind === 'number' ? 'number' : 'string'
}

const DEEPEST = 4

function shapeOf(schema: unknown, depth: number): Schema {
  const one = resolved(schema)
  if (Array.isArray(one.anyOf)) {
    const [first] = one.anyOf.map(resolved).filter(({ type }) => type !== 'null')
    return shapeOf(first, depth)
  }
  const type = Array.isArray(one.type) ? one.type.find((name) => name !== 'null') : one.type
  if (type === 'array') return { type, items: depth > DEEPEST ? {} : shapeOf(one.items, depth + 1) }
  if (type !== 'object') return type === undefined ? { type: 'string' } : { type }
  const properties = Object.entries(asSchema(one.properties)).map(([name, inner]) => [name, shapeOf(inner, depth + 1)])
  return { type, properties: depth > DEEPEST ? {} : Object.fromEntries(properties) }
}

/** Paths of files in the package that are not what they should be, those that are too many among them. */
export function outdated(files: ReadonlyMap<string, string>): string[] {
  const there = readdirSync(join(PACKAGE, SCHEMAS), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => `${SCHEMAS}/${name}`)
  const wrong = [...files].filter(([path, text]) => {
    if (path !== FIELDS && !there.includes(path)) return true
    return readFileSync(join(PACKAGE, path), 'utf8') !== text
  })
  return [...wrong.map(([path]) => path), ...there.filter((path) => !files.has(path))]
}

if (import.meta.main) {
  const [folder = ''] = process.argv.slice(2)
  const files = generatedFiles(buildPackage(folder))
  rmSync(join(PACKAGE, SCHEMAS), { recursive: true, force: true })
  for (const [path, text] of files) {
    mkdirSync(dirname(join(PACKAGE, path)), { recursive: true })
    writeFileSync(join(PACKAGE, path), text)
  }
}
