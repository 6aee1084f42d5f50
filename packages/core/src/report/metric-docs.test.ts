import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { statuses } from '../conversion/statuses.ts'
import { evaluateMetric } from './evaluate.ts'
import type { MetricDef } from './expression.ts'
import { metricDocs } from './metric-docs.ts'
import { metrics } from './metrics.ts'

const METRICS: Readonly<Record<string, MetricDef>> = metrics

describe('help of metrics', () => {
  it('names numerator, denominator, statuses, unit and the value at zero of each', () => {
    assert.deepEqual(
      metricDocs().map(({ name }) => name),
      Object.keys(metrics),
    )
    for (const doc of metricDocs()) {
      const { name, help, numerator, denominator, unit, at_zero: atZero } = doc
      for (const part of [
        `Numerator: ${numerator}; denominator: ${denominator ?? 'none'}.`,
        /Statuses: (none, conversions play no part|[a-z]+)/,
        /Unit: (a whole number|percent|base currency|seconds)/,
        `At zero: ${atZero} when `,
      ])
        assert.ok(typeof part === 'string' ? help.includes(part) : part.test(help), `${name}: ${help} has no ${part}`)
      assert.ok(numerator.length > 2 && (denominator === null || denominator.length > 2), name)
      // Every word of it was found: nothing is called by the name of a column or of nothing.
      assert.doesNotMatch(`${numerator} ${denominator ?? ''}`, /undefined|sum_|_revenue/, name)
      const metric = METRICS[name]
      assert.ok(metric)
      assert.equal(evaluateMetric(metric, {}, metrics), atZero, name)
      assert.equal(metric.unit, unit)
      assert.equal(denominator === null, metric.expr.op !== 'ratio' && metric.expr.op !== 'interval', name)
      assert.equal(doc.method === null, metric.expr.op !== 'interval', name)
    }
  })

  it('names the statuses that count', () => {
    const of = (name: string): readonly string[] => metricDocs().find((doc) => doc.name === name)?.statuses ?? []
    assert.deepEqual(of('clicks'), [])
    assert.deepEqual(of('cpc'), [])
    assert.deepEqual(of('leads'), ['lead'])
    assert.deepEqual(of('crs'), ['sale'])
    assert.deepEqual(of('approve'), ['lead', 'sale', 'rejected', 'trash'])
    const built = (name: string): string[] => of(name).filter((status) => Object.hasOwn(statuses, status))
    assert.deepEqual(built('conversions'), ['lead', 'sale', 'registration', 'deposit'])
    assert.deepEqual(built('revenue'), ['lead', 'sale', 'rebill', 'registration', 'deposit'])
    assert.deepEqual(built('profit_confirmed'), ['sale', 'rebill', 'deposit'])
    assert.ok(of('cr').includes('your own that count as conversions'))
    assert.ok(of('sale_revenue').includes('your own (confirmed)'))
  })

  it('says how a figure is worked out', () => {
    const formula = (name: string): string | undefined => metricDocs().find((doc) => doc.name === name)?.formula
    assert.equal(formula('cr'), 'Conversions ÷ Clicks × 100')
    assert.equal(formula('epc_confirmed'), '(Revenue (confirmed) + Revenue (deposits)) ÷ Clicks')
    assert.equal(formula('cr_high'), 'upper end of Conversions ÷ Clicks × 100')
  })
})
