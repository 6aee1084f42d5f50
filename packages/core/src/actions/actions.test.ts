import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { makeClick, makeMacroContext } from '../click/fixtures.ts'
import type { Reply } from './action.ts'
import { actions, compileAction } from './index.ts'
import { withQuery } from './redirect.ts'

function run(action_type: string, action_payload: unknown, { keyword = '', appendQuery = '' } = {}): Reply {
  const action = compileAction({ action_type, action_payload, action_options: null })
  assert.ok(action.ok, JSON.stringify(action))
  return action.value.run(makeMacroContext({ click: makeClick({ slots: { keyword } }) }), appendQuery)
}
function page(reply: Reply): Exclude<Reply, { kind: 'campaign' }> {
  assert.ok(reply.kind !== 'campaign')
  return reply
}
const redirects = Object.entries(actions)
  .filter(([, { type }]) => type === 'redirect')
  .map(([key]) => key)

describe('redirects', () => {
  test('http answers 302 with the URL expanded', () => {
    const reply = page(
      run('http', ' https://o.example/?k={keyword}#top ', { keyword: 'a b', appendQuery: '_subid=x&_token=t' }),
    )
    assert.equal(reply.status, 302)
    assert.equal(reply.headers.Location, 'https://o.example/?k=a%20b&_subid=x&_token=t#top')
    assert.equal(reply.destination, 'https://o.example/?k=a%20b#top')
    assert.equal(reply.kind, 'redirect')
  })
  test('letters beyond ASCII are encoded in the header', () => {
    assert.equal(
      page(run('http', 'https://o.example/путь?a=é b')).headers.Location,
      'https://o.example/%D0%BF%D1%83%D1%82%D1%8C?a=%C3%A9%20b',
    )
  })
  test('meta and js carry the URL in their pages', () => {
    assert.match(
      page(run('meta', 'https://o.example/?a=1&b="')).body,
      /content="0; url=https:\/\/o\.example\/\?a=1&amp;b=&quot;"/,
    )
    assert.match(
      page(run('js', 'https://o.example/?a=1</script>')).body,
      /replace\("https:\/\/o\.example\/\?a=1\\u003c\/script\\u003e"\)/,
    )
  })
  test('a query goes before the fragment and after what is there', () => {
    assert.equal(withQuery('https://a.example', 'x=1'), 'https://a.example?x=1')
    assert.equal(withQuery('https://a.example/?', 'x=1'), 'https://a.example/?x=1')
    assert.equal(withQuery('https://a.example/?b&', 'x=1'), 'https://a.example/?b&x=1')
    assert.equal(withQuery('https://a.example/#f?', 'x=1'), 'https://a.example/?x=1#f?')
  })
  test('only web addresses, protocol-relative ones and macros are destinations', () => {
    for (const key of redirects) {
      for (const url of [
        'https://a.example',
        'HTTP://a.example',
        '//a.example',
        'https://{sample:a.example,b.example}/x?k={keyword}',
        '{offer}',
      ])
        run(key, url)
      for (const url of [
        '',
        'a.example/x',
        'javascript:alert(1)',
        'data:text/html,x',
        'https:///a',
        '/x',
        'https://',
        'hello',
        // Visitors would choose the site.
        '{_sub_id_1}',
        'https://{_source}/',
        'https://a.example{_keyword}/x',
        '//{zone}.example/',
      ])
        assert.equal(compileAction({ action_type: key, action_payload: url, action_options: null }).ok, false, url)
    }
  })
  test('a URL made of a macro leads nowhere unless it comes out as a web address', () => {
    for (const key of redirects) {
      const bad = page(run(key, '{sample:nonsense}'))
      assert.deepEqual([bad.kind, bad.body, bad.destination], ['page', '', ''])
      assert.equal(run(key, '{_sample:https://o.example/}').destination, 'https://o.example/')
    }
  })
  test('whatever the visitor sends, headers are one line of ASCII and pages hold no tag of his', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(...redirects), (keyword, key) => {
        const reply = page(run(key, 'https://o.example/?k={_keyword}', { keyword }))
        for (const value of Object.values(reply.headers)) assert.match(value, /^[\x20-\x7e]*$/)
        const plain = page(run(key, 'https://o.example/?k='))
        assert.equal(reply.body.split('<').length, plain.body.split('<').length)
        assert.equal(reply.body.split('"').length, plain.body.split('"').length + reply.body.split('\\"').length - 1)
      }),
    )
  })
})

describe('other actions', () => {
  test('pages', () => {
    assert.deepEqual(
      [
        page(run('show_html', '<b>{keyword}</b>', { keyword: '<' })).body,
        page(run('show_text', '{keyword}', { keyword: '<' })).body,
      ],
      ['<b>&lt;</b>', '<'],
    )
    assert.equal(page(run('show_text', 'x')).headers['Content-Type'], 'text/plain; charset=utf-8')
    assert.equal(page(run('status404', null)).status, 404)
    assert.deepEqual([page(run('do_nothing', '')).status, page(run('do_nothing', '')).body], [200, ''])
    assert.equal(run('do_nothing', '').destination, 'Do nothing')
  })
  test('to another campaign, its id as text, number or in an object', () => {
    for (const payload of ['12', 12, { campaign_id: 12 }])
      assert.deepEqual(run('campaign', payload), { kind: 'campaign', campaignId: 12, destination: 'Send to campaign' })
  })
})
