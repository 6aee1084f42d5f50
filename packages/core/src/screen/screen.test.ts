import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ClickInput, makeClick } from '../click/fixtures.ts'
import { decodeTrace } from '../click/trace.ts'
import { blacklist } from '../entities/blacklist.ts'
import { parseBotLine } from '../entities/bot.ts'
import { checkBlacklistEntry } from './blacklist.ts'
import { type BotTables, createBotCollector } from './bot-list.ts'
import { decodeMarks, withMarks } from './marks.ts'
import { compileScreen, type Screen } from './screen.ts'

const NOW = makeClick().atMs
function botTables(lines: readonly string[]): BotTables {
  const collector = createBotCollector()
  for (const line of lines) collector.add(line)
  return collector.tables()
}
const entry = (input: object, id = 1) => ({ ...blacklist.fields.parse(input), id, created_at_ms: 0, updated_at_ms: 0 })
function screenOf(lines: readonly string[], entries: readonly object[] = []): Screen {
  const parsed = lines.map((line) => {
    const result = parseBotLine(line)
    assert.ok(result.ok, JSON.stringify(result))
    return result.value
  })
  const made = compileScreen(
    botTables(parsed),
    entries.map((input, index) => entry(input, index + 1)),
    NOW,
  )
  assert.ok(made)
  return made
}
const marksOf = (screen: Screen, click: ClickInput, campaignId = 1): string =>
  screen(makeClick(click), campaignId).marks

describe('the bot list', () => {
  const table: readonly [line: string, click: ClickInput, marks: string][] = [
    ['203.0.113.7', { ip: '203.0.113.7' }, '#bot:ip'],
    ['203.0.113.7', { ip: '203.0.113.8' }, ''],
    ['203.0.113.0/24', { ip: '203.0.113.255' }, '#bot:ip'],
    ['203.0.113.9 - 203.0.113.11', { ip: '203.0.113.10' }, '#bot:ip'],
    ['203.0.113.*', { ip: '203.0.113.10' }, '#bot:ip'],
    ['2001:DB8::/48', { ip: '2001:db8::1' }, '#bot:ip'],
    ['2001:db8::1-2001:db8::5', { ip: '2001:db8::6' }, ''],
    ['ua:HeadlessX', { userAgent: 'Mozilla/5.0 headlessx/1.0' }, '#bot:user_agent'],
    ['UA: curl/*', { userAgent: 'curl/8.1' }, '#bot:user_agent'],
    ['ua:/^Probe \\d+$/', { userAgent: 'Probe 12' }, '#bot:user_agent'],
    ['ua:HeadlessX', { userAgent: '' }, ''],
  ]
  for (const [line, click, marks] of table)
    it(`${line} and ${click.ip ?? JSON.stringify(click.userAgent)}: ${marks || 'no mark'}`, () =>
      assert.equal(marksOf(screenOf([line]), click), marks))

  it('makes a click one of a bot and leaves others as they are', () => {
    const screen = screenOf(['203.0.113.7'])
    const clean = makeClick({ ip: '203.0.113.8' })
    assert.equal(screen(clean, 1).click, clean)
    const marked = screen(makeClick({ ip: '203.0.113.7' }), 1)
    assert.deepEqual([marked.click.isBot, marked.isBlocked], [true, false])
  })
  it('costs nothing when both lists are empty', () => {
    assert.equal(compileScreen(botTables([]), [], NOW), null)
    assert.equal(compileScreen(botTables([]), [entry({ value: '1.2.3.4', state: 'disabled' })], NOW), null)
  })
  it('refuses what is no entry or would be everybody', () => {
    for (const line of [
      '1.2.3.999',
      'Googlebot',
      '0.0.0.0/0',
      '::/0',
      'ua:',
      'ua:**',
      'ua:/(/',
      '9.9.9.9-1.1.1.1',
      '1.*.3.4',
    ])
      assert.equal(parseBotLine(line).ok, false, line)
  })
  it('keeps a line in one form', () => {
    const kept = (line: string) => {
      const parsed = parseBotLine(line)
      return parsed.ok ? parsed.value : null
    }
    assert.deepEqual([' 1.2.3.4/32 ', '1.2.3.4-1.2.3.4', '2001:DB8::1', '1.2.3.0 / 24', 'UA:  Foo Bar'].map(kept), [
      '1.2.3.4',
      '1.2.3.4',
      '2001:db8::1',
      '1.2.3.0/24',
      'ua:Foo Bar',
    ])
  })
})

describe('the black list', () => {
  const table: readonly [name: string, entry: object, click: ClickInput, isFound: boolean][] = [
    ['an address', { value: '203.0.113.7\n198.51.100.0/24' }, { ip: '198.51.100.9' }, true],
    ['another address', { type: 'cidr', value: '203.0.113.0/24' }, { ip: '203.0.114.1' }, false],
    ['a whole user agent', { type: 'user_agent', value: 'Probe' }, { userAgent: 'probe' }, true],
    ['a part without a mask', { type: 'user_agent', value: 'Probe' }, { userAgent: 'A Probe' }, false],
    ['a mask', { type: 'referrer', value: '*.spam.example/*' }, { referrer: 'https://a.spam.example/x' }, true],
    ['a regular expression', { type: 'keyword', value: '/^free/i' }, { slots: { keyword: 'Free stuff' } }, true],
    ['a sub id', { type: 'sub_id_3', value: 'zone-9' }, { slots: { sub_id_3: 'zone-9' } }, true],
    ['another sub id', { type: 'sub_id_3', value: 'zone-9' }, { slots: { sub_id_2: 'zone-9' } }, false],
    ['a parameter', { type: 'parameter', parameter: 'pub', value: '17' }, { params: { pub: '17' } }, true],
    ['nobody sent it', { type: 'parameter', parameter: 'constructor', value: '*' }, {}, false],
    ['a country', { type: 'country', value: 'kp\ncu' }, { geo: { country: 'CU' } }, true],
    ['a network', { type: 'asn', value: '64500' }, { geo: { asn: 64_500 } }, true],
    ['an unknown network', { type: 'asn', value: '0' }, {}, false],
    ['another campaign', { value: '203.0.113.7', campaign_ids: '2,3' }, { ip: '203.0.113.7' }, false],
    ['this campaign', { value: '203.0.113.7', campaign_ids: [3, 1] }, { ip: '203.0.113.7' }, true],
    ['an entry that has ended', { value: '203.0.113.7', expires_at: '2031-01-06 12:00' }, { ip: '203.0.113.7' }, false],
    ['one that ends later', { value: '203.0.113.7', expires_at: '2031-01-06 12:01' }, { ip: '203.0.113.7' }, true],
  ]
  for (const [name, input, click, isFound] of table)
    it(`${name} is ${isFound ? '' : 'not '}found`, () => {
      assert.deepEqual(checkBlacklistEntry(entry(input)), [])
      const screened = screenOf(['192.0.2.1'], [input])(makeClick(click), 1)
      assert.deepEqual(
        [screened.isBlocked, screened.click.isBot, screened.marks],
        isFound ? [true, true, '#block:1'] : [false, false, ''],
      )
    })

  it('lets an entry that blocks win over one that flags, and the first of several', () => {
    const screen = screenOf(
      ['203.0.113.7'],
      [
        { value: '203.0.113.0/24', action: 'flag' },
        { value: '203.0.113.0/28', campaign_ids: [1] },
        { value: '203.0.113.7', campaign_ids: [1] },
      ],
    )
    assert.equal(marksOf(screen, { ip: '203.0.113.7' }), '#bot:ip;#block:2')
    assert.equal(marksOf(screen, { ip: '203.0.113.99' }), '#flag:1')
    assert.equal(screen(makeClick({ ip: '203.0.113.99' }), 1).isBlocked, false)
  })
  it('ends an entry at its time without a new snapshot', () => {
    const screen = screenOf(['192.0.2.1'], [{ value: '203.0.113.7', expires_at: '2031-01-06 12:01' }])
    assert.equal(marksOf(screen, { ip: '203.0.113.7', atMs: NOW + 59_999 }), '#block:1')
    assert.equal(marksOf(screen, { ip: '203.0.113.7', atMs: NOW + 60_000 }), '')
  })
  it('tells what cannot be compiled', () => {
    const refused = (input: object) => checkBlacklistEntry(entry(input)).map(({ at }) => at)
    assert.deepEqual(refused({ value: 'x' }), ['value'])
    assert.deepEqual(refused({ type: 'country', value: 'Cuba' }), ['value'])
    assert.deepEqual(refused({ type: 'user_agent', value: '*' }), ['value'])
    assert.deepEqual(refused({ type: 'keyword', value: '/(/' }), ['value'])
    assert.deepEqual(refused({ type: 'parameter', value: 'x' }), ['parameter'])
  })
})

describe('marks', () => {
  it('stand in front of the trace and do not disturb it', () => {
    const text = withMarks('#bot:ip;#flag:12', '5!country@0;6=')
    assert.deepEqual(decodeMarks(text), [
      { by: 'bot_list', on: 'ip' },
      { by: 'blacklist', entryId: 12, action: 'flag' },
    ])
    assert.deepEqual(
      decodeTrace(text).map(({ streamId }) => streamId),
      [5, 6],
    )
    assert.deepEqual(
      [withMarks('', 'x'), withMarks('#block:1', ''), decodeMarks('#block:x;#bot:y;5=')],
      ['x', '#block:1', []],
    )
  })
})
