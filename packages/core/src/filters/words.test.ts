import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { countryNamed } from './country-names.ts'
import { compileFilter } from './index.ts'

const messageOf = (name: string, payload: unknown): string => {
  const compiled = compileFilter({ name, mode: 'accept', payload }, 'filters.0')
  return compiled.ok ? '' : compiled.problems.map(({ message }) => message).join(' ')
}

describe('what filters say of what they refuse', () => {
  const cases: readonly [string, unknown, RegExp][] = [
    ['country', ['US', 'Germany'], /^Filter country: value 2 \(Germany\) must be .*: did you mean DE\?$/],
    ['country', ['GERMNY'], /value 1 \(GERMNY\) .*: did you mean DE\?$/],
    ['country', ['USA'], /did you mean US\?$/],
    ['country', ['United Kingdom'], /did you mean GB\?$/],
    [
      'country',
      ['nowhere at all'],
      /value 1 \(nowhere at all\) must be one of the two-letter country codes such as US$/,
    ],
    ['country', ['UK'], /^Filter country: value 1 \(UK\) names UK, .*did you mean GB\?$/],
    ['language', ['german'], /^Filter language: value 1 \(german\) must be two-letter/],
    ['contry', ['US'], /^There is no filter contry: did you mean country\? Use one of country, /],
    ['device-typ', ['mobile'], /did you mean device_type\?/],
    ['weather', ['rain'], /^There is no filter weather: use one of country, /],
  ]
  for (const [name, payload, words] of cases)
    it(`${name} ${JSON.stringify(payload)}`, () => assert.match(messageOf(name, payload), words))

  it('reads codes in letters of any size', () => assert.equal(messageOf('country', ['us', 'De']), ''))
  it('guesses no country from a few letters', () => assert.equal(countryNamed('peu'), null))
})
