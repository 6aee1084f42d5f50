/**
 * Reads `a=1&range[interval]=today&filters[0][name]=country` the way PHP and browsers write it. Names without brackets
 * keep their last value. Absurd nesting and names that could reach an object's prototype are ignored.
 */
export function parseForm(text: string): Record<string, unknown> {
  return fromPairs(new URLSearchParams(text))
}

export function fromPairs(pairs: Iterable<readonly [string, string]>): Record<string, unknown> {
  const root: Node = new Map()
  for (const [name, value] of pairs) put(root, pathOf(name), value)
  return toObject(root)
}

type Node = Map<string, Node | string>

const MAX_DEPTH = 8

function pathOf(name: string): string[] {
  const open = name.indexOf('[')
  if (open <= 0 || !name.endsWith(']')) return [name]
  return [name.slice(0, open), ...name.slice(open + 1, -1).split('][')]
}

function put(root: Node, path: readonly string[], value: string): void {
  if (path.length > MAX_DEPTH || path.includes('__proto__')) return
  let node = root
  for (const part of path.slice(0, -1)) {
    const key = part === '' ? String(node.size) : part
    const known = node.get(key)
    const next: Node = known instanceof Map ? known : new Map()
    node.set(key, next)
    node = next
  }
  const last = path.at(-1) ?? ''
  // `names[]` means: one more item. Only the outermost name may be empty as it stands.
  node.set(last === '' && path.length > 1 ? String(node.size) : last, value)
}

const toObject = (node: Node): Record<string, unknown> =>
  Object.fromEntries([...node].map(([key, value]) => [key, typeof value === 'string' ? value : toListOrObject(value)]))

function toListOrObject(node: Node): unknown {
  const isList = [...node.keys()].every((key, index) => key === String(index))
  return isList ? Object.values(toObject(node)) : toObject(node)
}
