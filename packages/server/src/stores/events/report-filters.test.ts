import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import fc from 'fast-check'
import { click, openReports } from './report-harness.ts'

const { given, clickLog } = openReports()

describe('filters in the store', () => {
  const words = [
    '',
    'a',
    'A',
    'ab',
    'Ba',
    'żÓłw',
    '%',
    '_',
    '10',
    '9',
    '2.5',
    '-3',
    "it's",
    'a\\b',
    'line\nbreak',
    '[x]',
  ]
  const rows = words.flatMap((keyword, i) => [
    click({ keyword, asn: i, is_bot: i % 2, cost: i * 1_250_000 }),
    click({ keyword, asn: 7 }),
  ])
  const lower = (text: string): string => text.toLowerCase()
  /** What each operator means for a text, in the plainest words. */
  const plain: Record<string, (text: string, wanted: string) => boolean> = {
    EQUALS: (text, wanted) => lower(text) === lower(wanted),
    CONTAINS: (text, wanted) => lower(text).includes(lower(wanted)),
    BEGINS_WITH: (text, wanted) => lower(text).startsWith(lower(wanted)),
    ENDS_WITH: (text, wanted) => lower(text).endsWith(lower(wanted)),
    IN_LIST: (text, wanted) => wanted.split(',').some((one) => lower(one.trim()) === lower(text)),
    IS_SET: (text) => text !== '',
    MATCH_REGEXP: (text, wanted) => new RegExp(wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'is').test(text),
    GREATER_THAN: (text, wanted) =>
      isNumber(wanted) ? isNumber(text) && Number(text) > Number(wanted) : text > wanted,
    EQUALS_OR_LESS_THAN: (text, wanted) =>
      isNumber(wanted) ? isNumber(text) && Number(text) <= Number(wanted) : text <= wanted,
  }
  const isNumber = (text: string): boolean => text !== '' && Number.isFinite(Number(text))
  const opposites: Record<string, string> = {
    EQUALS: 'NOT_EQUAL',
    CONTAINS: 'NOT_CONTAIN',
    IN_LIST: 'NOT_IN_LIST',
    IS_SET: 'IS_NOT_SET',
    MATCH_REGEXP: 'NOT_MATCH_REGEXP',
  }

  before(() => given(rows))
  const found = async (filters: object[]): Promise<unknown[]> =>
    (await clickLog({ columns: ['sub_id'], filters })).rows.map((row) => row.sub_id).sort()

  it('on texts agree with plain comparison', () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(plain)),
        fc.constantFrom(...words, 'a,9', 'zz'),
        fc.boolean(),
        async (operator, wanted, negate) => {
          const name = negate ? (opposites[operator] ?? operator) : operator
          const expression = operator === 'MATCH_REGEXP' ? wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : wanted
          const expected = rows
            .filter((row) => plain[operator]?.(String(row.keyword), wanted) !== (name !== operator))
            .map((row) => row.sub_id)
          assert.deepEqual(await found([{ name: 'keyword', operator: name, expression }]), expected.sort())
        },
      ),
      { numRuns: 120, seed: 11 },
    ))

  it('on numbers, flags and money agree with plain comparison, and are all joined by AND', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -1, max: 17 }),
        fc.integer({ min: -1, max: 17 }),
        fc.boolean(),
        async (low, high, bot) => {
          const expected = rows.filter(
            (row) =>
              Number(row.asn) >= low &&
              Number(row.asn) <= high &&
              (row.is_bot === 1) === bot &&
              Number(row.cost ?? 0) / 1e6 < 1.25 * high,
          )
          const filters = [
            { name: 'asn', operator: 'BETWEEN', expression: [low, String(high)] },
            { name: 'is_bot', operator: bot ? 'IS_TRUE' : 'IS_FALSE' },
            { name: 'cost', operator: 'LESS_THAN', expression: 1.25 * high },
          ]
          assert.deepEqual(await found(filters), expected.map((row) => row.sub_id).sort())
        },
      ),
      { numRuns: 40, seed: 12 },
    ))
})
