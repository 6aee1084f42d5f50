/** JSON with the keys of objects in order of the alphabet: equal values are equal text, wherever they came from. */
export const canonicalJson = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  let text = ''
  for (const key of Object.keys(value).sort()) {
    const inner: unknown = Reflect.get(value, key)
    if (inner !== undefined) text += `,${JSON.stringify(key)}:${canonicalJson(inner)}`
  }
  return `{${text.slice(1)}}`
}
