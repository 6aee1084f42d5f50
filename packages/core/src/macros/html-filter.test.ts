import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { makeClick, makeMacroContext } from '../click/fixtures.ts'
import { htmlFilter } from './html-filter.ts'
import { compileTemplate, indexMacros } from './index.ts'

const NO_MORE = indexMacros({})
const click = makeClick({ slots: { keyword: '"><script>a b', sub_id_1: "javascript:alert('1')" }, userAgent: '=`é' })
const context = makeMacroContext({ click })

/** What comes out of a text that comes in pieces. */
function filtered(pieces: readonly string[]): string {
  const filter = htmlFilter(context, 'page', NO_MORE)
  return pieces.map((piece) => filter.push(piece)).join('') + filter.end()
}
const whole = (html: string): string => compileTemplate(html, 'html')(context)

const MACROS = ['{keyword}', '{_keyword}', '{sub_id_1}', '{user_agent}', '{subid}', '{date:Y-m-d}', '{offer}', '{none}']
const MARKUP =
  `< > </ <! <!-- --> <script> </script> <script <a href= " ' = / ? # <p <style> </style> <title> </title> onclick= style= srcdoc= : javascript: { } {a {_ {date:`.split(
    ' ',
  )
const FRAGMENTS = [...MARKUP, ' ', 'x', 'é', ...MACROS]
const cut = (html: string, at: readonly number[]): string[] => {
  const places = [...new Set(at.map((one) => one % (html.length + 1)))].sort((a, b) => a - b)
  return [0, ...places].map((start, index) => html.slice(start, places[index]))
}

describe('HTML in pieces', () => {
  test('comes out as it would whole, wherever it is cut', () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 40 }),
        fc.array(fc.nat(1000), { maxLength: 20 }),
        (fragments, at) => {
          const html = fragments.join('')
          assert.equal(filtered(cut(html, at)), whole(html))
        },
      ),
      { numRuns: 2000 },
    ))
  test('comes out the same when it is too long to be kept', () => {
    const long = ['x'.repeat(70_000), `<b>${'y'.repeat(70_000)}</b>`, `${'z '.repeat(5000)}<i>`]
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...FRAGMENTS), fc.constantFrom(...FRAGMENTS), fc.constantFrom(...long)), {
          minLength: 5,
          maxLength: 14,
        }),
        fc.array(fc.nat(400_000), { maxLength: 20 }),
        (fragments, at) => {
          const html = fragments.join('')
          assert.equal(filtered(cut(html, at)), whole(html))
        },
      ),
      { numRuns: 200 },
    )
  })
  test('an argument that is too long is none, in pieces and as a whole', () => {
    for (const length of [3990, 4000, 4001, 4096, 70_000]) {
      const html = `<b>{date:${'Y'.repeat(length)}}{keyword}`
      assert.equal(whole(html).includes('{date:'), length > 4000)
      for (const at of [[10], [4090], [4100], []]) assert.equal(filtered(cut(html, at)), whole(html))
    }
  })
  test('holds nothing back but what may become a macro', () => {
    const filter = htmlFilter(context, 'page', NO_MORE)
    assert.equal(filter.push('<p>{ a {b} {subi'), '<p>{ a {b} ')
    assert.equal(filter.push('d}'), context.subId)
    assert.equal(filter.push('{x:'), '')
    assert.equal(filter.push('y'.repeat(5000)), `{x:${'y'.repeat(5000)}`)
    assert.equal(filter.push('{'), '')
    assert.equal(filter.end(), '{')
  })
  test('is passed on as it is where no tag ends for so long that places cannot be told', () => {
    const filter = htmlFilter(context, 'page', NO_MORE)
    const long = `<img src="data:${'x'.repeat(100_000)}`
    for (let i = 0; i < 20; i++) assert.equal(filter.push(long).length, long.length)
    assert.equal(filter.push('"><p>{keyword}{'), '"><p>{keyword}{')
    assert.equal(filter.end(), '')
  })
})
