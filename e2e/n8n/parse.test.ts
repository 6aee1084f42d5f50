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
  type Row = Record<string, string | number>
  type News = { news: Row[]; seen: Record<string, string[]> }
  const look = (watched: string, rows: Row[], seen: object, more: object = {}): News =>
    load('KeitaroTrigger/news.js').newsOf(watched, {
      rows,
      seen,
      forgetBefore: '2026-01-01',
      isWanted: () => true,
      ...more,
    })
  const row = (id: number, status: string, previous_status = '', at = '2026-02-03 10:00:00') => ({
    conversion_id: id,
    status,
    previous_status,
    postback_datetime: at,
  })
  const idsOf = ({ news }: News) => news.map(({ conversion_id }) => conversion_id)

  it('are told once, also when they come late', () => {
    const one = look('newConversion', [row(1, 'lead')], {})
    assert.deepEqual(idsOf(one), [1])
    const two = look('newConversion', [row(1, 'lead'), row(2, 'lead', '', '2026-02-03 09:00:00')], one.seen)
    assert.deepEqual(idsOf(two), [2])
    assert.deepEqual(idsOf(look('newConversion', [row(1, 'sale'), row(2, 'lead')], two.seen)), [])
  })
  it('come once a conversion has the wanted status', () => {
    const more = { isWanted: ({ status }: Row) => status === 'sale' }
    const one = look('newConversion', [row(1, 'lead')], {}, more)
    assert.deepEqual(idsOf(one), [])
    const two = look('newConversion', [row(1, 'sale', 'lead')], one.seen, more)
    assert.deepEqual(idsOf(two), [1])
    assert.deepEqual(idsOf(look('newConversion', [row(1, 'sale', 'lead')], two.seen, more)), [])
  })
  it('of statuses name the one before', () => {
    const one = look('statusChanged', [row(1, 'lead')], {})
    assert.deepEqual(idsOf(one), [])
    const two = look('statusChanged', [row(1, 'sale', 'lead'), row(2, 'lead')], one.seen)
    assert.deepEqual(
      two.news.map(({ previous_status }) => previous_status),
      ['lead'],
    )
    assert.deepEqual(idsOf(look('statusChanged', [row(1, 'sale', 'lead'), row(2, 'lead')], two.seen)), [])
  })
  it('of statuses are not lost with what was remembered last', () => {
    // A poll that reports nothing is not stored: after a restart n8n knows neither of these as they were.
    const stored = look('statusChanged', [row(1, 'lead')], {}).seen
    assert.deepEqual(idsOf(look('statusChanged', [row(1, 'lead', 'rejected'), row(2, 'sale', 'lead')], stored)), [1, 2])
    assert.deepEqual(idsOf(look('statusChanged', [row(3, 'sale')], stored)), [])
  })
  it('forget what is older than the look back', () => {
    const one = look('newConversion', [row(1, 'lead', '', '2026-01-05 00:00:00')], {})
    assert.deepEqual(Object.keys(look('newConversion', [], one.seen, { forgetBefore: '2026-02-01' }).seen), [])
  })
})
