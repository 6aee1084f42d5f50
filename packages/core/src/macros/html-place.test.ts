import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { makeClick, makeMacroContext } from '../click/fixtures.ts'
import { HtmlScanner } from './html-place.ts'
import { compileTemplate } from './index.ts'

/** Place of `@`, with `u` when unquoted. */
function placeIn(html: string): string {
  const { kind, isUnquoted } = new HtmlScanner(html).placeAt(html.indexOf('@'))
  return isUnquoted ? `${kind} u` : kind
}

const PLACES: readonly [html: string, place: string][] = [
  ['<p>@', 'text'],
  ['a < b @', 'text'],
  ['<p title="@">', 'text'],
  ["<p title='a > b @'>", 'text'],
  ['<p title=@>', 'text u'],
  ['<p title= @>', 'text u'],
  ['<p title=a@>', 'text u'],
  ['<p @>', 'tag'],
  ['<p a@>', 'tag'],
  ['<p class="x" @>', 'tag'],
  ['<@', 'tag'],
  ['</@', 'tag'],
  ['<h@>', 'tag'],
  ['<script>@', 'script'],
  ['<SCRIPT type="module">let a = "</p>"; @', 'script'],
  ['<script>a</script><p>@', 'text'],
  ['<script>a</scripts>@', 'script'],
  ['<script><!-- <script> </script> @', 'script'],
  ['<script><!-- <script> </script> --> </script> @', 'text'],
  ['<script><!-- </script> @', 'text'],
  ['<scripted>@', 'text'],
  ['<title><script>@', 'text'],
  ['<!-- <script> @', 'text'],
  ['<!-- a --><script> @', 'script'],
  ['<!--><script> @', 'script'],
  ['<style>b{color:@', 'style'],
  ['<p style="color:@">', 'style'],
  ['<p onclick="go(@)">', 'script'],
  ['<p OnClick=@>', 'script u'],
  ['<a href="@">', 'link'],
  ['<a href= @>', 'link u'],
  ['<a href=" @">', 'link'],
  ['<a href="java@">', 'scheme'],
  ['<a href="{sub_id_1}@">', 'scheme'],
  ['<a href="{date:H:i}@">', 'scheme'],
  ['<a href="{sub_id_1}/@">', 'text'],
  ['<a href="/go?x=@">', 'query'],
  ['<a href=/go?x=@>', 'query u'],
  ['<a href="/go#@">', 'query'],
  ['<a href="{offer}&x=@">', 'query'],
  ['<a href="{_offer:7}&x=@">', 'query'],
  ['<a href="{offer_id}/@">', 'text'],
  ['<p title="/go?x=@">', 'text'],
  ['<a href="https://a.example/@">', 'text'],
  ['<a href="javascript:go(\'@\')">', 'script'],
  ['<iframe srcdoc="@">', 'document'],
  ['<a data-x href="@">', 'link'],
  ['<a x=1 y>@', 'text'],
]

describe('where in HTML a macro stands', () => {
  for (const [html, place] of PLACES) test(html, () => assert.equal(placeIn(html), place))
})

/** Signs that could end the place a value is in. */
const ENDS: readonly [html: string, signs: RegExp][] = [
  ['<p>{keyword}</p>', /[<>"'`]/],
  ['<p title="{keyword}">', /[<>"'`]/],
  ['<p title={keyword}>', /[\s<>"'`=]/],
  ['<p {keyword}>', /[^A-Za-z0-9_-]/],
  ['<{keyword}>', /[^A-Za-z0-9_-]/],
  ['<script>let a="{keyword}"</script>', /[<>"'`/;()]|\\(?!u[0-9a-f]{4})/],
  ['<a onclick="go(\'{keyword}\')">', /[<>"'`/;()&]|\\(?!u[0-9a-f]{4})/],
  ['<a onclick={keyword}>', /[\s<>"'`/()=]/],
  ['<style>p{color:{keyword}}</style>', /[<>"'`/;()]|\\(?![0-9a-f]{1,4} )/],
  ['<p style="color:{keyword}">', /[<>"'`/;()]|\\(?![0-9a-f]{1,4} )/],
  ['<a href="javascript:go(\'{keyword}\')">', /[<>"'`/;()&]|\\(?!u[0-9a-f]{4})/],
  ['<a href="{source}{keyword}">', /[:<>"'`]/],
  ['<iframe srcdoc="{keyword}">', /[<>"'`]|&(?!amp;)/],
]

describe('no value leaves its place', () => {
  const hostile = fc
    .array(
      fc.constantFrom(...'<>"\'`&=/;():\\ \n\u0000{}-', 'javascript:', '</script>', '-->', 'onload', '\ud800', 'é'),
      {
        maxLength: 8,
      },
    )
    .map((parts) => parts.join(''))
  for (const [html, signs] of ENDS) {
    test(html, () => {
      const [before = '', after = ''] = html.split('{keyword}').map((part) => part.replace('{source}', ''))
      for (const written of [html, html.replace('{keyword}', '{_keyword}')]) {
        const template = compileTemplate(written, 'html')
        fc.assert(
          fc.property(hostile, (value) => {
            const page = template(makeMacroContext({ click: makeClick({ slots: { keyword: value } }) }))
            assert.ok(page.startsWith(before) && page.endsWith(after), page)
            assert.doesNotMatch(page.slice(before.length, page.length - after.length), signs)
          }),
          { numRuns: 60 },
        )
      }
    })
  }
})

test('any page is read to its end, and what is no macro stays', () => {
  const piece = fc.constantFrom(
    ...[
      '<',
      '</',
      '>',
      '=',
      '"',
      "'",
      '/',
      ' ',
      '!--',
      '-->',
      '<!--',
      '<script',
      '</script',
      'style',
      'href',
      'on',
      '{a:b}',
      '{',
      '}',
    ],
    ...['{keyword}', '{_keyword}', '{offer}', '{zone}', 'javascript:', 'textarea', '\n', 'é'],
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const html = pieces.join('')
      const page = compileTemplate(
        html,
        'html',
      )(makeMacroContext({ click: makeClick({ slots: { keyword: 'K' } }), offerUrl: () => 'O' }))
      // {offer} in a macro's argument is none.
      const plain = html.replace(/\{_?keyword\}/g, 'K').replaceAll('{offer}', 'O')
      assert.equal(page.replace(/\\4b |\\u004b/g, 'K'), plain)
    }),
    { numRuns: 2000 },
  )
})

describe('big pages', () => {
  // The budget is 50 ms; the bound leaves room for a slow machine and is still far below what a second look costs.
  const tookMs = (html: string): number => {
    const before = process.threadCpuUsage()
    compileTemplate(html, 'html')
    const { user, system } = process.threadCpuUsage(before)
    return (user + system) / 1000
  }
  const cases: Record<string, string> = {
    'of text with 2000 macros': `${'<p class="a">Lorem ipsum dolor sit amet</p>'.repeat(9)}{keyword} `.repeat(2000),
    'without any tag': `${'lorem ipsum '.repeat(33)}{keyword} `.repeat(2000),
    'with scripts that never end': `${'<script '.repeat(50)}{keyword}`.repeat(2000),
    'inside one script': `<script>${`${'a<b;'.repeat(95)}{keyword}`.repeat(2000)}`,
    'with comments in a script': `<script><!--${`${'a--b;'.repeat(75)}{keyword}`.repeat(2000)}`,
    'inside one attribute': `<p title="${`${'abcdef '.repeat(55)}{keyword}`.repeat(2000)}`,
    'inside one link': `<a href="${`${'abcdef '.repeat(55)}{keyword}`.repeat(2000)}`,
    'without quotes': `<p title=${`${'abcdef'.repeat(65)}{keyword}`.repeat(2000)}`,
    'of braces': `${'{a:'.repeat(130)}{keyword}`.repeat(2000),
  }
  for (const [name, html] of Object.entries(cases)) {
    test(name, () => {
      assert.ok(html.length > 700_000 && html.length < 1_100_000, String(html.length))
      tookMs(html)
      const best = Math.min(...Array.from({ length: 3 }, () => tookMs(html)))
      assert.ok(best < 150, `${best.toFixed(1)} ms`)
    })
  }
})
