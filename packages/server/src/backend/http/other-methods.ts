import type { Route } from '../route.ts'

export interface MethodFinder {
  /** The methods that a path is there for, to tell those who ask with another one. */
  methodsOf(path: string): readonly Route['method'][]
  /** Whether a route has this very path, without parameters: `/clicks/log` is no click. */
  isWrittenOut(path: string): boolean
}

/** Paths are below `/admin_api/v1`. */
export function createMethodFinder(routes: readonly Route[]): MethodFinder {
  const byPath = Map.groupBy(routes, ({ path }) => path)
  const patterns = [...byPath].map(([path, those]) => {
    const parts = path.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part.replaceAll('.', '\\.')))
    return { pattern: new RegExp(`^${parts.join('/')}$`), those }
  })
  return {
    methodsOf(path) {
      const bare = withoutEnd(path)
      const matching = patterns.filter(({ pattern }) => pattern.test(bare)).flatMap(({ those }) => those)
      return [...new Set((byPath.get(bare) ?? matching).map(({ method }) => method))]
    },
    isWrittenOut: (path) => byPath.has(withoutEnd(path)),
  }
}

const withoutEnd = (path: string): string => path.replace(/\/$/, '')
