import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { jsonErrorPosition } from '../../json-position.ts'
import { parseForm } from './form.ts'
import { createHints } from './hints.ts'
import { readBody } from './read-body.ts'

describe('parseForm', () => {
  const cases: readonly [string, unknown][] = [
    ['', {}],
    ['name=Test+X&type=campaigns', { name: 'Test X', type: 'campaigns' }],
    ['a=1&a=2', { a: '2' }],
    ['range[interval]=today&range[timezone]=UTC', { range: { interval: 'today', timezone: 'UTC' } }],
    ['columns[]=a&columns[]=b', { columns: ['a', 'b'] }],
    ['filters[0][name]=country&filters[0][payload][]=MX', { filters: [{ name: 'country', payload: ['MX'] }] }],
    ['a%5Bb%5D=c', { a: { b: 'c' } }],
    ['a=1&a[b]=2', { a: { b: '2' } }],
    ['a[=1&[b]=2', { 'a[': '1', '[b]': '2' }],
    ['__proto__[x]=1&a[__proto__][x]=1', {}],
    ['a[b][c][d][e][f][g][h][i][j]=1', {}],
  ]
  for (const [text, expected] of cases) it(text || 'nothing', () => assert.deepEqual(parseForm(text), expected))
})

describe('jsonErrorPosition', () => {
  const cases: readonly [string, string][] = [
    ['{"a":}', 'line 1, column 6'],
    ['{"a":1,}', 'line 1, column 8'],
    ['{\n  "a": 1\n  "b": 2\n}', 'line 3, column 3'],
    ['{"a":[1,2}', 'line 1, column 10'],
    ['{"a":"x', 'line 1, column 6'],
    ["{'a':1}", 'line 1, column 2'],
    ['[1,]', 'line 1, column 4'],
    ['{} {}', 'line 1, column 4'],
    ['{"a":01}', 'line 1, column 7'],
    ['{"a":1', 'line 1, column 7'],
  ]
  for (const [text, expected] of cases) it(text, () => assert.equal(jsonErrorPosition(text), expected))

  it('ends at the end for everything that is JSON', () =>
    fc.assert(
      fc.property(fc.json(), (text) => {
        const lines = text.split('\n')
        assert.equal(jsonErrorPosition(text), `line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}`)
      }),
    ))
})

describe('readBody', () => {
  const read = async (text: string, type = '') => readBody(Buffer.from(text), type)
  it('never throws and answers an object or a problem', () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string(), fc.json()),
        fc.constantFrom('', 'application/json', 'multipart/form-data; boundary=x', 'x'),
        async (text, type) => {
          const result = await read(text, type)
          assert.ok(!result.ok || (typeof result.value === 'object' && !Array.isArray(result.value)))
        },
      ),
    ))
  it('refuses bodies that are nested too deep to be written out again', async () => {
    assert.equal((await read(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`)).ok, false)
    assert.equal((await read(`{"a":${'['.repeat(60)}${']'.repeat(60)}}`)).ok, true)
  })
  it('takes an empty body for none, whatever its type', async () => {
    for (const type of ['', 'application/json', 'multipart/form-data; boundary=x', 'text/csv'])
      assert.deepEqual(await read('', type), { ok: true, value: {} })
  })
  it('reads a multipart form', async () => {
    const body = '--x\r\nContent-Disposition: form-data; name="login"\r\n\r\nann\r\n--x--\r\n'
    assert.deepEqual(await read(body, 'multipart/form-data; boundary=x'), { ok: true, value: { login: 'ann' } })
  })
})

it('hints are spelt in ASCII, once each', () => {
  const hints = createHints()
  for (const sentence of ['add token=… → it’s “so”', 'add token=… → it’s “so”']) hints.add(sentence)
  assert.deepEqual(hints.list, ["add token=... -> it's ?so?"])
})
