import assert from 'node:assert/strict'
import { it } from 'node:test'
import { routes } from '../backend/routes.ts'
import { routeTable } from './routes.ts'

it('the table of routes has borders, placeholders and every route once', () => {
  const table = routeTable([
    { method: 'GET', path: '/offers/:id', description: 'One offer' },
    { method: 'DELETE', path: '/logs/:log', description: 'Clear a log' },
  ])
  assert.deepEqual(table.split('\n'), [
    '+--------+-----------------------------+-------------+',
    '| Method | Route                       | Description |',
    '+--------+-----------------------------+-------------+',
    '| DELETE | /admin_api/v1/logs/[a:log]  | Clear a log |',
    '| GET    | /admin_api/v1/offers/[i:id] | One offer   |',
    '+--------+-----------------------------+-------------+',
  ])
  assert.equal(routeTable(routes).split('\n').length, routes.length + 4)
  assert.equal(new Set(routes.map(({ method, path }) => `${method} ${path}`)).size, routes.length)
})
