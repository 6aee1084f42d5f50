import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { compileAction } from '../actions/index.ts'
import { type ClickInput, makeClick, makeMacroContext } from '../click/fixtures.ts'
import type { MacroTarget } from './escape.ts'
import { compileTemplate, compileUrl, macros, macrosIn, unknownMacros } from './index.ts'
import type { MacroContext } from './macro.ts'

const contextInput = z.custom<Partial<Omit<MacroContext, 'click' | 'token'>> & { click?: ClickInput; token?: string }>(
  (value) => typeof value === 'object',
)
const { cases } = z
  .object({
    cases: z.array(
      z.object({
        name: z.string(),
        target: z.enum(['url', 'html', 'text', 'json', 'header']),
        text: z.string(),
        context: contextInput.optional(),
        prints: z.string(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('../../cases/macros.json', import.meta.url), 'utf8')))

describe('macros', () => {
  for (const { name, target, text, context = {}, prints } of cases) {
    test(`${target}: ${name}`, () => {
      const { click, token = '', ...rest } = context
      const made = makeMacroContext({ ...rest, token: () => token, click: makeClick(click) })
      assert.equal(compileTemplate(text, target)(made), prints)
    })
  }

  test('every macro has a help text and a name of its own', () => {
    const names = Object.entries(macros).flatMap(([name, def]) => [name, ...(def.aliases ?? [])])
    assert.equal(new Set(names).size, names.length)
    for (const def of Object.values(macros)) assert.match(def.help, /\.$/)
  })

  test('a long list to draw from is no less a macro', () => {
    const urls = Array.from({ length: 200 }, (_, nr) => `https://shop.example/catalogue/${nr}`)
    const drawn = compileUrl(`{sample:${urls.join(',')}}`)(makeMacroContext())
    assert.ok(urls.includes(drawn), drawn.slice(0, 50))
  })

  test('a text without macros is the same text for every click', () => {
    const template = compileTemplate('https://o.example/', 'url')
    assert.equal(template.length, 0)
  })
})

/** A click whose every text is `value`, as an attacker who controls the whole request would send it. */
const hostileContext = (value: string): MacroContext =>
  makeMacroContext({
    click: makeClick({
      ip: value,
      host: value,
      userAgent: value,
      referrer: value,
      language: value,
      searchEngine: value,
      xRequestedWith: value,
      slots: Object.fromEntries(Object.keys(macros).map((name) => [name, value])),
      params: { bid: value },
      geo: { country: 'US', region: value, city: value, isp: value, operator: value, connectionType: value },
      device: {
        type: value,
        brand: value,
        model: value,
        os: value,
        osVersion: value,
        browser: value,
        browserVersion: value,
      },
    }),
    destination: value,
    campaign: { id: 7, name: 'Summer', parameters: { cost: { name: 'bid' } } },
    offerUrl: () => `https://${value}/`,
  })

const everyMacro = [...Object.keys(macros), 'bid'].flatMap((name) => [`{${name}}`, `{_${name}}`])
const hostile = fc
  .array(
    fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '`',
      '&',
      '\r',
      '\n',
      '\u0000',
      '\u2028',
      '\\',
      ' ',
      'é',
      '\ud800',
      '{subid}',
      '%',
      '#',
      '?',
      'a',
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

/** Expands every macro, one at a time, not at the start of the text. */
const expandAll = (target: MacroTarget, value: string): string[] =>
  everyMacro.map((macro) => compileTemplate(`|${macro}`, target)(hostileContext(value)).slice(1))

describe('nothing a visitor sends gets out of its place', () => {
  test('HTML: no tag, no end of an attribute', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        for (const text of expandAll('html', value)) assert.doesNotMatch(text, /[<>"'`]/)
      }),
      { numRuns: 50 },
    )
  })
  test('URL and header: no line break, no control', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        for (const target of ['url', 'header'] as const)
          for (const text of expandAll(target, value)) assert.doesNotMatch(text, /\p{Cc}/u)
      }),
      { numRuns: 50 },
    )
  })
  test('URL: without the underscore a value cannot end its parameter', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        for (const name of Object.keys(macros)) {
          // Without an argument some are no macros and stay as they are.
          if (macros[name]?.compile(null, 0) === null) continue
          assert.match(compileTemplate(`|{${name}}`, 'url')(hostileContext(value)).slice(1), /^[A-Za-z0-9_.~!*'()%-]*$/)
        }
      }),
      { numRuns: 50 },
    )
  })
  test('JSON: the text stays one string', () => {
    fc.assert(
      fc.property(hostile, (value) => {
        assert.equal(JSON.parse(compileTemplate('"{keyword}"', 'json')(hostileContext(value))), value.toWellFormed())
      }),
    )
  })
  test('values are not expanded again', () => {
    assert.equal(compileTemplate('{keyword}', 'text')(hostileContext('{subid}')), '{subid}')
  })
})

describe('macros that are none', () => {
  const meantBy = (text: string, ...parameters: string[]) =>
    unknownMacros(text, parameters).map(({ written, meant }) => `${written} ${meant}`)
  test('every macro is one, in either form and case', () => {
    for (const [name, def] of Object.entries(macros)) {
      if (def.compile(null, 0) === null) continue
      assert.deepEqual(meantBy(`{${name}}{_${name}}{${name.toUpperCase()}}`), [])
    }
    assert.deepEqual(meantBy('{country:en}{date:Y-m-d}{sample:a,b}{zone}', 'Zone'), [])
  })
  test('others are named, with what was probably meant', () => {
    assert.deepEqual(meantBy('{clickid}{sub_id1}{Keywrd}{zne}{qqqqqqqq}{clickid}', 'zone'), [
      '{clickid} {subid}',
      '{sub_id1} {sub_id_1}',
      '{Keywrd} {keyword}',
      '{zne} {zone}',
      '{qqqqqqqq} null',
    ])
    assert.deepEqual(meantBy('{os:1}'), ['{os:1} {os}'])
  })
  test('one that is nothing without an argument is proposed with one that it takes', () => {
    const proposed = Object.entries(macros).filter(([, def]) => def.compile(null, 0) === null)
    assert.ok(proposed.length >= 4)
    for (const [name, def] of proposed) {
      const meant = `{${name}:${def.example}}`
      assert.deepEqual(meantBy(`{${name}}`), [`{${name}} ${meant}`])
      assert.deepEqual(meantBy(meant), [])
    }
  })
  test('one whose brace is not closed is none; braces of others are theirs', () => {
    assert.deepEqual(meantBy('https://o.example/?d={date:Y-m-d&c={subid}'), ['{date:Y-m-d&c= {date}'])
    assert.deepEqual(meantBy('https://o.example/?c={subid'), ['{subid {subid}'])
    assert.deepEqual(meantBy('{"a":{b:{c'), [])
  })
})

describe('macros of a URL told one by one', () => {
  test('say what the URL says, blanks around it or not', () => {
    const url = ' https://{sample:a.example/x,b.example/x}/{random:0,999999}?k={keyword} '
    for (const roll of [0, 1, 2 ** 31, 2 ** 32 - 1]) {
      const context = makeMacroContext({ click: makeClick({ roll, slots: { keyword: 'a b' } }) })
      const action = compileAction({ action_type: 'http', action_payload: url, action_options: null })
      assert.ok(action.ok)
      const { destination } = action.value.run(context)
      const [host, number, keyword] = macrosIn(url, 'url').map(({ print }) => print(context))
      assert.equal(destination, `https://${host}/${number}?k=${keyword}`)
    }
  })
})

describe('chance in macros', () => {
  const random = compileTemplate('{random:1,6}', 'text')
  const pair = compileTemplate('{random:0,999999} {random:0,999999}', 'text')
  test('random is within its bounds, the same for the same click, and takes every value', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(fc.nat(2 ** 32 - 1), (roll) => {
        const context = makeMacroContext({ click: makeClick({ roll }) })
        const text = random(context)
        assert.match(text, /^[1-6]$/)
        assert.equal(random(context), text)
        seen.add(text)
      }),
      { numRuns: 300 },
    )
    assert.equal(seen.size, 6)
  })
  test('two of them in one text are two numbers', () => {
    const [first, second] = pair(makeMacroContext()).split(' ')
    assert.notEqual(first, second)
  })
})
