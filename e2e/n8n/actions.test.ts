import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { z } from 'zod'
import { API_KEY, type Yard } from '../harness.ts'
import { cases } from './cases.ts'
import { Engine } from './engine.ts'
import { startVisitedYard } from './yard.ts'

let engine: Engine
let yard: Yard
const ids: Record<string, unknown> = {}
before(async () => {
  const visited = await startVisitedYard()
  yard = visited.yard
  engine = await Engine.start()
  ids.visited = visited.visited
})
after(async () => {
  engine?.stop()
  await yard?.dispose()
})

const table = z.array(z.object({ value: z.string(), operations: z.array(z.object({ value: z.string() })) }))

test('every action has a case', () => {
  const require = createRequire(import.meta.url)
  const resources = table.parse(require(join(engine.built, 'dist/nodes/Keitaro/operations/index.js')).resources)
  const there = resources.flatMap(({ value, operations }) => operations.map((one) => `${value} ${one.value}`))
  const tried = new Set(cases.map(({ resource, operation }) => `${resource} ${operation}`))
  assert.deepEqual(
    there.filter((name) => !tried.has(name)),
    [],
  )
  assert.deepEqual(
    [...tried].filter((name) => !there.includes(name)),
    [],
  )
  assert.ok(there.length >= 72, `${there.length} actions`)
})

for (const [index, { resource, operation, parameters, keeps, check, refusal }] of cases.entries())
  test(`${index + 1}. ${resource} ${operation}`, async () => {
    const given = { resource, operation, ...parameters?.(ids) }
    const { items, paired, error, stored } = await engine.run({
      parameters: given,
      credential: { domain: yard.base.href, apiKey: API_KEY },
    })
    if (refusal) assert.match(error?.message ?? '', refusal)
    else assert.equal(error, null)
    check?.(items)
    if (keeps) ids[keeps[0]] = items[0]?.[keeps[1]]
    assert.ok(paired.every((one) => JSON.stringify(one) === '{"item":0}'))
    assert.ok(!stored.includes(API_KEY), 'the key is in the stored run')
    if (operation === 'create' || operation === 'update' || resource === 'click') await yard.waitUntilStored()
  })
