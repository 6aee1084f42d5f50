import { API_BASE } from '../backend/app.ts'
import { routes as apiRoutes } from '../backend/routes.ts'

/** Prints the routes the server registers, as a table with ASCII borders. */
export function routes(): number {
  process.stdout.write(`${routeTable(apiRoutes)}\n`)
  return 0
}

interface RouteRow {
  readonly method: string
  readonly path: string
  readonly description: string
  readonly aliasOf?: string
}

/** Method, Route, Description; resources in order of the alphabet, the routes of one together. */
export function routeTable(list: readonly RouteRow[]): string {
  const rows = list
    .toSorted((a, b) => resourceOf(a).localeCompare(resourceOf(b), 'en'))
    .map(({ method, path, description, aliasOf }) => [
      method,
      `${API_BASE}${placeholders(path)}`,
      aliasOf === undefined ? description : `Same as ${API_BASE}${placeholders(aliasOf)}`,
    ])
  const head = ['Method', 'Route', 'Description']
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const border = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`
  const line = (cells: readonly string[]) =>
    `|${cells.map((cell, column) => ` ${cell.padEnd(widths[column] ?? 0)} `).join('|')}|`
  return [border, line(head), border, ...rows.map(line), border].join('\n')
}

const resourceOf = ({ path }: RouteRow): string => path.split('/')[1] ?? ''

/** `:id` → `[i:id]`, which stands for a number; a sub id and other placeholders are words: `[a:log]`. */
const placeholders = (path: string): string =>
  path.replace(/:(\w+)/g, (_, name: string) => `[${/(^|(?<!^sub)_)id$/.test(name) ? 'i' : 'a'}:${name}]`)
