import type { Route } from '../route.ts'

/**
 * Makes a finder of routes that a path would have reached had one of its parameters not been empty, as in
 * `/clicks//explain` by a script whose variable was. It answers what to name, in the rest of a sentence, or null.
 * `path` is below `/admin_api/v1`.
 */
export function createLostParameterFinder(routes: readonly Route[]): (method: string, path: string) => string | null {
  const gaps = routes.flatMap(({ method, path }) => {
    const parts = path.split('/').slice(1)
    return parts.flatMap((part, index) => {
      if (!part.startsWith(':') || index === parts.length - 1) return []
      const pattern = parts
        .map((other, at) =>
          at === index ? '/?' : other.startsWith(':') ? '/[^/]+' : `/${other.replaceAll('.', '\\.')}`,
        )
        .join('')
      const words = `name the ${part.slice(1)}, as in ${path.replace(/:(\w+)/g, '{$1}')}`
      return [{ method, pattern: new RegExp(`^${pattern}/?$`), words }]
    })
  })
  return (method, path) => gaps.find((gap) => gap.method === method && gap.pattern.test(path))?.words ?? null
}
