import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, it } from 'node:test'
import { benchmarks } from './lib/benchmarks.ts'
import { toMarkdown } from './lib/report.ts'

/** Runs every benchmark in its smallest form, so that none of them rots. What they measure here means nothing. */
describe('benchmarks', { skip: existsSync('/proc/self/stat') ? false : 'they read CPU times the way of Linux' }, () => {
  for (const benchmark of benchmarks) {
    it(benchmark.about, { timeout: 120_000 }, async () => {
      const outcome = await benchmark.run({ small: true })
      for (const budget of outcome.budgets)
        assert.ok(Number.isFinite(budget.measured), `${budget.what}: ${budget.measured}`)
      for (const { lines } of outcome.tables) assert.ok(lines.length > 0)
      assert.match(toMarkdown(outcome), /^## \w/)
    })
  }
})
