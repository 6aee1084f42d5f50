import { readFileSync, writeFileSync } from 'node:fs'
import { createDocument } from '../packages/server/src/backend/openapi/document.ts'
import { type OperationInfo, toOperations } from '../packages/server/src/backend/openapi/operations.ts'
import { routes } from '../packages/server/src/backend/routes.ts'
import { asSchema, type Schema, shapeOf, typeOf } from './json-schema-types.ts'

/**
 * Writes the types and the table of operations of packages/client from the OpenAPI document. With `--check` it writes
 * nothing and fails when the file is not what the document says.
 */

/** Where the first Admin API knows one path only, the client takes that one. */
const OFFICIAL: Readonly<Record<string, string>> = {
  'offers.archive': 'DELETE /offers/{id}/archive',
  'groups.delete': 'DELETE /groups/{id}/delete',
  'landing_pages.clone': 'PUT /landing_pages/{id}/clone',
}

const document = asSchema(
  JSON.parse(JSON.stringify(createDocument(routes, { dialect: 'modern', validationStatus: 406 }))),
)
const paths = asSchema(document.paths)
const schemas = asSchema(asSchema(document.components).schemas)
const infos = toOperations(routes)

interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly summary: string
  readonly params: readonly string[]
  readonly input: { readonly type: string; readonly isRequired: boolean } | null
  readonly answer: Schema | null
  readonly isRaw: boolean
  readonly isRepeatable: boolean
}

const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

function operationOf({ id, route, params }: OperationInfo): Operation {
  const [method = route.method, path = ''] = (OFFICIAL[id] ?? `${route.method} ${inBraces(route.path)}`).split(' ')
  const described = asSchema(asSchema(paths[inBraces(route.path)])[route.method.toLowerCase()])
  const query = (Array.isArray(described.parameters) ? described.parameters : [])
    .map(asSchema)
    .filter((parameter) => parameter.in === 'query')
  const body = asSchema(asSchema(asSchema(asSchema(described.requestBody).content)['application/json']).schema)
  const content = asSchema(asSchema(asSchema(described.responses)['200']).content)
  const [type] = Object.keys(content)
  return {
    id,
    method,
    path,
    summary: String(described.summary),
    params,
    input: inputOf(
      query,
      described.requestBody === undefined ? null : body,
      asSchema(described.requestBody).required === true,
    ),
    answer: type === 'application/json' ? asSchema(asSchema(content[type]).schema) : null,
    isRaw: type !== undefined && type !== 'application/json',
    // What only reads may be sent again, whatever its method.
    isRepeatable: method !== 'POST' || route.access.verb === 'read',
  }
}

function inputOf(query: readonly Schema[], body: Schema | null, isRequired: boolean): Operation['input'] {
  if (body) return { type: typeOf(body), isRequired }
  if (query.length === 0) return null
  const properties = Object.fromEntries(
    query.map(({ name, schema, description }) => [String(name), { ...asSchema(schema), description }]),
  )
  const required = query.filter((one) => one.required === true).map(({ name }) => String(name))
  return { type: typeOf({ type: 'object', properties, required }), isRequired: required.length > 0 }
}

const inBraces = (path: string): string => path.replace(/:(\w+)/g, '{$1}')

const operations = infos.filter(({ aliasOf }) => aliasOf === null).map(operationOf)

/** Operations by resource, at any depth. */
interface Tree {
  [name: string]: Operation | Tree
}
const isOperation = (node: Operation | Tree): node is Operation => typeof node.id === 'string'

const tree: Tree = {}
for (const operation of operations) {
  const names = operation.id.split('.').map(camel)
  let node = tree
  for (const name of names.slice(0, -1)) {
    const next = node[name] ?? {}
    if (isOperation(next)) throw new Error(`${operation.id} lies below an operation`)
    node[name] = next
    node = next
  }
  const last = names.at(-1) ?? ''
  if (node[last]) throw new Error(`${operation.id} is there twice`)
  node[last] = operation
}

function membersOf(node: Tree, indent: string): string {
  return Object.entries(node)
    .map(([name, inner]) =>
      isOperation(inner)
        ? `${indent}/** ${comment(`${inner.summary} (\`${inner.method} ${inner.path}\`)`)} */\n${indent}${name}(${parametersOf(inner)}): Promise<${answerType(inner)}>\n`
        : `${indent}readonly ${name}: {\n${membersOf(inner, `${indent}  `)}${indent}}\n`,
    )
    .join('')
}

function parametersOf({ params, input }: Operation): string {
  const ids = params.map((name) => `${camel(name)}: number | string`)
  const given = input ? [`input${input.isRequired ? '' : '?'}: ${input.type}`] : []
  return [...ids, ...given, 'options?: CallOptions'].join(', ')
}

const answerType = ({ answer, isRaw }: Operation): string => (isRaw ? 'Blob' : answer ? typeOf(answer) : 'void')

const comment = (text: string): string => text.replaceAll('*/', '* /').replaceAll('\n', ' ')

const types = Object.entries(schemas)
  .map(([name, schema]) => {
    const { description = '' } = asSchema(schema)
    return `/** ${comment(String(description))} */\nexport type ${name} = ${typeOf(asSchema(schema))}\n`
  })
  .join('\n')

const table = operations
  .map(({ id, method, path, input, answer, isRaw, isRepeatable }) => {
    const flags = [input ? 'input' : '', isRaw ? 'raw' : '', isRepeatable ? 'repeatable' : ''].filter(Boolean).join(' ')
    return `  '${id.split('.').map(camel).join('.')}': [${[method, path, flags].map((text) => `'${text}'`).join(', ')}, ${shapeOf(answer ?? {})}],\n`
  })
  .join('')
const shapes = Object.entries(schemas)
  .map(([name, schema]) => `  ${name}: ${shapeOf(asSchema(schema))},\n`)
  .join('')

const text = `// Written by tools/generate-client.ts from the OpenAPI document: run npm run generate.
import type { CallOptions } from '../options.ts'
import type { Shape } from '../normalize.ts'

${types}
/** Every operation of the Admin API, by resource. */
export interface Api {
${membersOf(tree, '  ')}}

/** Method, path, what to know about it, and the shape of its answer. */
export const operations: Readonly<Record<string, readonly [method: string, path: string, flags: string, answer: Shape]>> = {
${table}}

/** Shapes that answers refer to by name. */
export const shapes: Readonly<Record<string, Shape>> = {
${shapes}}
`

const file = new URL('../packages/client/src/generated/api.ts', import.meta.url)
if (!process.argv.includes('--check')) writeFileSync(file, text)
else if (readFileSync(file, 'utf8') !== text) {
  process.stderr.write('packages/client/src/generated/api.ts is out of date: run npm run generate\n')
  process.exitCode = 1
}
