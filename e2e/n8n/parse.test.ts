import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { buildPackage } from './folders.ts'

const folder = mkdtempSync(join(tmpdir(), 'trackyard-n8n-'))
const load = (file: string) => createRequire(import.meta.url)(join(folder, 'built/dist/nodes', file))
before(() => {
  buildPackage(join(folder, 'built'))
})
after(() => rmSync(folder, { recursive: true, force: true }))

describe('the address of the tracker', () => {
  for (const [entered, address] of [
    ['tracker.example', 'https://tracker.example'],
    ['  http://127.0.0.1:8080/ ', 'http://127.0.0.1:8080'],
    ['https://tracker.example/admin/#!/campaigns/3', 'https://tracker.example'],
    ['https://tracker.example/admin_api/v1/', 'https://tracker.example'],
    ['https://admin.example/admin?x=1', 'https://admin.example'],
    ['https://example.com/tracker/admin/', 'https://example.com/tracker'],
  ])
    it(`of "${entered}" is ${address}`, () => assert.equal(load('shared/tracker-url.js').trackerUrl(entered), address))
})

describe('the words of a refusal', () => {
  for (const [name, body, words] of [
    ['an error', { error: 'There is no campaign 9.' }, 'There is no campaign 9.'],
    [
      'messages by field',
      { alias: ['is required'], name: ['is long', 'is odd'] },
      'alias: is required; name: is long is odd',
    ],
    ['text', 'Forbidden', 'Forbidden'],
    ['JSON as text', '{"error":"No"}', 'No'],
    ['a web page', '<html><body>Log in</body></html>', null],
    ['nothing', null, null],
    ['an empty object', {}, null],
  ] as const)
    it(`come from ${name}`, () => assert.equal(load('shared/api-text.js').apiText(body), words))
})

describe('fields', () => {
  const parse = (field: object, value: unknown): unknown =>
    load('Keitaro/parse-field.js').parseField({ name: 'a_field', description: '', ...field }, value)
  it('take comma lists apart and check them', () => {
    assert.deepEqual(parse({ type: 'list', items: 'ids' }, '3, 4,'), [3, 4])
    assert.deepEqual(parse({ type: 'list', items: 'ids' }, [5, '6']), [5, 6])
    assert.equal(parse({ type: 'commas', items: 'countries' }, 'mx, De'), 'MX,DE')
    assert.throws(() => parse({ type: 'list', items: 'ids' }, '3,x'), /A Field must be IDs .* "x" is none/)
    assert.throws(() => parse({ type: 'commas', items: 'countries' }, 'Mexico'), /two-letter/)
    assert.throws(() => parse({ type: 'commas', items: 'words' }, 'on hold'), /words with commas/)
  })
  it('take dates as expressions give them', () => {
    assert.equal(parse({ type: 'date' }, '2026-02-03T14:05:06.000+01:00'), '2026-02-03 14:05:06')
    assert.equal(parse({ type: 'date' }, '2026-02-03'), '2026-02-03')
  })
  it('say what is no number and no JSON', () => {
    assert.throws(() => parse({ type: 'number' }, 'ten'), /A Field must be a number, not "ten"/)
    assert.throws(() => parse({ type: 'json' }, '{"a":'), /A Field is not valid JSON/)
    assert.equal(parse({ type: 'number' }, ''), null)
  })
})

describe('news of the polling trigger', () => {
  const news = (watched: string, rows: object[], seen: object, since = '2026-01-01') =>
    load('KeitaroTrigger/news.js').newsOf(watched, rows, seen, since)
  const row = (id: number, status: string, at = '2026-02-03 10:00:00') => ({
    conversion_id: id,
    status,
    postback_datetime: at,
  })

  it('are told once, also when they come late', () => {
    const one = news('newConversion', [row(1, 'lead')], {})
    assert.equal(one.news.length, 1)
    const two = news('newConversion', [row(1, 'lead'), row(2, 'lead', '2026-02-03 09:00:00')], one.seen)
    assert.deepEqual(
      two.news.map((each: { conversion_id: number }) => each.conversion_id),
      [2],
    )
    assert.equal(news('newConversion', [row(1, 'sale'), row(2, 'lead')], two.seen).news.length, 0)
  })
  it('of statuses name the one before', () => {
    const one = news('statusChanged', [row(1, 'lead')], {})
    assert.equal(one.news.length, 0)
    const two = news('statusChanged', [row(1, 'sale'), row(2, 'lead')], one.seen)
    assert.deepEqual(
      two.news.map((each: { previous_status: string }) => each.previous_status),
      ['lead'],
    )
  })
  it('forget what is older than the look back', () => {
    const one = news('newConversion', [row(1, 'lead', '2026-01-05 00:00:00')], {})
    assert.deepEqual(Object.keys(news('newConversion', [], one.seen, '2026-02-01').seen), [])
  })
})
