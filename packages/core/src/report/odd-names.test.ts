import assert from 'node:assert/strict'
import { it } from 'node:test'
import { parseReportQuery } from './query.ts'

/** Names that every object has are not names of columns: looked up carelessly, they are functions. */
for (const name of ['__proto__', 'toString', 'constructor'])
  it(`a filter or sort called ${name} is refused by name, a metric left out`, () => {
    for (const body of [{ filters: [{ name, operator: 'EQUALS', expression: 1 }] }, { sort: [{ name }] }]) {
      const read = parseReportQuery({ range: { interval: 'today' }, ...body })
      assert.ok(!read.ok && read.problems.some(({ message }) => message.includes(name)), JSON.stringify(body))
    }
    const read = parseReportQuery({ limit: 1, metrics: [name] })
    assert.ok(read.ok && read.value.metrics.length === 0)
  })
