import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { openImport } from './import-line.ts'

const [A, B] = ['mwsvd6195hj3uohqw', 'mwsvd636z4jlwsqtu']

/** Line, then what was read from it without what is empty. */
function read(text: string): unknown[] {
  const opened = openImport(text)
  if (!opened.ok) return opened.problems.map(({ message }) => message)
  return [...opened.value.lines()].map(({ line, read }) =>
    typeof read === 'string'
      ? `${line} ${read}`
      : [line, ...Object.values({ ...read, click_id: read.click_id.slice(0, 6) }).filter(Boolean)],
  )
}

const cases: readonly [what: string, text: string, lines: unknown[]][] = [
  ['the fixed order', `${A},12.50,T,sale,EUR,2026-02-03`, [[1, 'mwsvd6', '12.50', 'T', 'sale', 'EUR', '2026-02-03']]],
  ['empty fields in between', `${A},,,rejected`, [[1, 'mwsvd6', 'rejected']]],
  ['every kind of line end', `${A}\r\n${B}\r${A}\n\n${B}`, [1, 2, 3, 5].map((line) => [line, 'mwsvd6'])],
  [
    'a tab in front',
    `\n\t5\n${A}\t6`,
    [
      [2, '5'],
      [3, 'mwsvd6', '6'],
    ],
  ],
  [
    'a header in another order, with notes over several lines',
    `Note;Status;Sub ID\r\n"two\r\nlines; ""quoted""";sale;${A}\r\nx;lead;${B}`,
    [
      [2, 'mwsvd6', 'sale'],
      [4, 'mwsvd6', 'lead'],
    ],
  ],
  [
    'the best of columns that mean the same',
    `date,postback_datetime,click_id,sub_id\nd,p,u,${A}`,
    [[2, 'mwsvd6', 'p']],
  ],
  ['a quotation mark within a cell', `${A},5,5" screen`, [[1, 'mwsvd6', '5', '5" screen']]],
  [
    'marks that somebody forgot to close take no other lines along',
    `${A},5,"\n${B},6,T2\n${A},7,"T3\n${B},8`,
    [
      '1 a quotation mark is not closed',
      [2, 'mwsvd6', '6', 'T2'],
      '3 a quotation mark is not closed',
      [4, 'mwsvd6', '8'],
    ],
  ],
  ['a line that is too long', `${A},${'1'.repeat(5000)}\n${B}`, ['1 is longer than 4000 characters', [2, 'mwsvd6']]],
  [
    'a header without the click',
    `id,payout,status\n${A},1,rejected`,
    ['The first line names columns, but none of them is the click: call it subid, sub_id, clickid, click_id'],
  ],
  ['a transaction that is called like a column', `${A},1,date`, [[1, 'mwsvd6', '1', 'date']]],
  ['nothing', ' \n\n', []],
]

describe('lines of an import', () => {
  for (const [what, text, lines] of cases) it(what, () => assert.deepEqual(read(text), lines))

  it('tell what was not read', () => {
    const opened = openImport('subid,statuss,,Note,type\n')
    assert.ok(opened.ok)
    assert.deepEqual([opened.value.ignoredColumns, opened.value.lineCount], [['statuss', 'Note'], 2])
  })

  it('come back as they were written, whatever notes there are', () => {
    const cell = fc.string({ unit: fc.constantFrom('"', ',', '\n', ' ', 'a', ';'), maxLength: 12 })
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
    const row = fc.record({ note: cell, tid: cell.map((text) => text.replaceAll('\n', '').trim()) })
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), (rows) => {
        const text = rows.map(({ note, tid }) => `${quoted(note)},${A},${quoted(tid)}`).join('\n')
        const opened = openImport(`note,subid,tid\n${text}`)
        assert.ok(opened.ok)
        const tids = [...opened.value.lines()].map(({ read }) => (typeof read === 'string' ? read : read.tid))
        assert.deepEqual(
          tids,
          rows.map(({ tid }) => tid),
        )
      }),
    )
  })

  it('are read in time however many marks are open', () => {
    const opened = openImport('"\n'.repeat(20_000))
    assert.ok(opened.ok)
    const startedAt = process.cpuUsage()
    assert.equal([...opened.value.lines()].length, 20_000)
    assert.ok(process.cpuUsage(startedAt).user < 2_000_000)
  })
})
