/**
 * What a value is, as short as the generated tables have it: `n` number, `b` boolean, `t` time, `l` list of texts, `m`
 * object by name, `@Name` one of `shapes`, a list of one shape, or an object of shapes; '' is left as it is.
 */
export type Shape = string | readonly [Shape] | { readonly [field: string]: Shape }

/**
 * Brings the answer of a tracker that does not know dialects into the one typed model: lists of one, numbers and
 * booleans as text, times as objects, and older names of fields.
 */
export function normalize(value: unknown, shape: Shape, shapes: Readonly<Record<string, Shape>>): unknown {
  if (typeof shape === 'string') {
    if (shape.startsWith('@')) return normalize(value, shapes[shape.slice(1)] ?? '', shapes)
    return plain(value, shape)
  }
  if (isList(shape)) {
    if (value === null || value === undefined) return value
    return [value].flat().map((item) => normalize(item, shape[0], shapes))
  }
  const single: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value
  if (typeof single !== 'object' || single === null || Array.isArray(single)) return single
  const source = withNewNames({ ...single }, shape)
  return Object.fromEntries(
    Object.entries(source).map(([key, inner]) => {
      const known = shape[key]
      return [key, known === undefined ? inner : normalize(inner, known, shapes)]
    }),
  )
}

const isList = (shape: object): shape is readonly [Shape] => Array.isArray(shape)

function plain(value: unknown, shape: string): unknown {
  if (shape === 'n')
    return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value
  if (shape === 'b')
    return value === 1 || value === '1' || value === 'true'
      ? true
      : value === 0 || value === '0' || value === '' || value === 'false'
        ? false
        : value
  if (shape === 't') return timeOf(value)
  if (shape === 'l')
    return value === null
      ? []
      : typeof value === 'string'
        ? value
            .split(',')
            .map((one) => one.trim())
            .filter(Boolean)
        : value
  // PHP writes an empty object as an empty list.
  if (shape === 'm') return Array.isArray(value) && value.length === 0 ? {} : value
  return value
}

/** PHP prints its date objects as `{"date": "2025-03-04 10:00:00.000000", …}`. */
function timeOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('date' in value)) return value
  return String(value.date).slice(0, 19)
}

/** Older names and words, as far as the shape knows the newer ones. */
function withNewNames(
  source: Record<string, unknown>,
  shape: { readonly [field: string]: Shape },
): Record<string, unknown> {
  const renamed = { ...source }
  if ('weight' in shape && source.weight === undefined && source.chance !== undefined) renamed.weight = source.chance
  if ('url' in source && source.action_payload === undefined && 'payout_value' in shape)
    renamed.action_payload = source.url
  if (source.mode === 'allow') renamed.mode = 'accept'
  if (source.schema === 'offers' && 'landings' in shape) renamed.schema = 'landings'
  return renamed
}
