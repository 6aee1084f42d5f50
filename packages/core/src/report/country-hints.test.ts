import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { countryFilterHints } from './country-hints.ts'

describe('countries that filters name', () => {
  const cases: readonly [string, string, string, string | null][] = [
    ['by name', 'country', 'Germany', null],
    ['by name in other letters', 'country', 'united states', null],
    ['by code', 'country', 'de', null],
    ['none at all', 'country', '', null],
    ['a slip of the pen', 'country', 'Germny', 'country: no visitor comes from "Germny": did you mean Germany?'],
    ['another name', 'country', 'usa', 'country: no visitor comes from "usa": did you mean United States?'],
    ['a name for a code', 'country_code', 'germany', 'country_code: no visitor comes from "germany": did you mean DE?'],
    ['a code that is none', 'country_code', 'UK', 'country_code: no visitor comes from "UK": did you mean GB?'],
    ['a flag', 'country_flag', 'uk', 'country_flag: no visitor comes from "uk": did you mean gb?'],
    ['nothing near', 'country_code', 'QQ', 'country_code: no visitor comes from "QQ": write a code such as US.'],
    ['another column', 'region', 'QQ', null],
  ]
  for (const [what, name, value, hint] of cases)
    it(what, () => {
      const found = countryFilterHints([{ name, operator: 'IN_LIST', values: [value] }])
      assert.deepEqual(found, hint === null ? [] : [hint])
    })

  it('are not looked at where a part of the name is asked for', () =>
    assert.deepEqual(countryFilterHints([{ name: 'country', operator: 'CONTAINS', values: ['land'] }]), []))
})
