import type { Route } from '../route.ts'

/**
 * Makes a finder of routes that a path would have reached had one of its parameters not been empty, as in
 * `/clicks//explain` by a script whose variable was. It answers what to name, in the rest of a sentence, or null.
 * `path` is below `/admin_api/v1`.
 */
export function createLostParameterFinder(routes: readonly Route[]): (method: string, path: string) => string | null {
  const known = new Set(routes.map(({ method, path }) => `${method} ${path}`))
  const gaps = routes.flatMap(({ method, path }) => {
    const parts = path.split('/').slice(1)
    return parts.flatMap((part, index) => {
      const isMeantWithout = index === parts.length - 1 && known.has(`${method} /${parts.slice(0, -1).join('/')}`)
      if (!part.startsWith(':') || isMeantWithout) return []
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
