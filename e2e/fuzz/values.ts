import type { Random } from './random.ts'

type Schema = Readonly<Record<string, unknown>>

const record = (value: unknown): Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}

/** Text that has broken programs before. */
const NASTY: readonly string[] = [
  "' OR 1=1 --",
  '"; DROP TABLE campaigns; --',
  '<script>alert(1)</script>',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is what is tried
  '{{7*7}}${7*7}',
  '../../../../etc/passwd',
  'a\r\nSet-Cookie: x=1',
  '\u0000',
  '\ud800',
  '\u202eevil',
  '🦊'.repeat(50),
  '%00%ff',
  '__proto__',
  'constructor',
  'toString',
  '(a+)+$',
  '/(?:(?:(?:a*)*)*)*b/',
  'x'.repeat(70_000),
  '9'.repeat(400),
  '1e400',
  'NaN',
  '-0',
  ' ',
  '',
]
const ODD: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1, 0.1, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308, -1e308],
  ...[[], {}, [[]], [null], [{}], { a: null }, [1, 2, 3], { '': '' }, { length: -1 }],
]

export const nasty = (random: Random): unknown => (random.chance(0.6) ? random.pick(NASTY) : random.pick(ODD))

/** A value that a schema describes, or nearly so: `wrong` is how often a part of it is something else. */
export function sampleOf(schema: Schema, schemas: Schema, random: Random, wrong: number, depth = 0): unknown {
  if (random.chance(wrong)) return nasty(random)
  const { $ref, anyOf, type, examples } = schema
  const inner = (one: unknown) => sampleOf(record(one), schemas, random, wrong, depth + 1)
  if (typeof $ref === 'string') return depth > 8 ? null : inner(schemas[$ref.split('/').at(-1) ?? ''])
  if ('const' in schema) return schema.const
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return random.pick(schema.enum)
  if (Array.isArray(examples) && random.chance(0.5)) return random.pick(examples)
  if (Array.isArray(anyOf)) return inner(random.pick(anyOf))
  const one = Array.isArray(type) ? random.pick(type) : type
  if (one === 'integer') return random.below(12) + (random.chance(0.1) ? 1000 : 0)
  if (one === 'number') return random.below(10_000) / 100
  if (one === 'boolean') return random.chance(0.5)
  if (one === 'null') return null
  if (one === 'string') return textOf(random)
  if (one === 'array') return Array.from({ length: random.below(3) }, () => inner(schema.items))
  if (schema.properties !== undefined) return objectOf(schema, inner, random)
  if (one === 'object') return { [textOf(random)]: inner(schema.additionalProperties) }
  return random.pick<unknown>([['US'], 'US', 1, { from: '1', to: 2 }, null])
}

function objectOf({ properties, required }: Schema, inner: (one: unknown) => unknown, random: Random): Schema {
  const needed = new Set(Array.isArray(required) ? required : [])
  return Object.fromEntries(
    Object.entries(record(properties)).flatMap(([name, schema]) =>
      random.chance(needed.has(name) ? 0.97 : 0.25) ? [[name, inner(schema)]] : [],
    ),
  )
}

const WORDS = [
  'spring',
  'US',
  'today',
  'clicks',
  'country',
  'https://example.com/?a={subid}',
  '2026-02-03',
  '203.0.113.7',
  '1,2',
  'http',
]
const textOf = (random: Random): string => (random.chance(0.5) ? random.pick(WORDS) : `t${random.below(1e6)}`)

/** JSON text of any depth, which no program should have to build first. */
export const deepJson = (levels: number): string => `${'{"a":['.repeat(levels)}1${']}'.repeat(levels)}`
