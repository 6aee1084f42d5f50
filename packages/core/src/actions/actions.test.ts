import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { streamDoubts } from '../click/doubts.ts'
import { makeBundle, makeClick, makeMacroContext } from '../click/fixtures.ts'
import type { Reply } from './action.ts'
import { formOf } from './adaptation.ts'
import { withQuery } from './destination.ts'
import { gatewayPages } from './gateway.ts'
import { actionDoubts, actions, compileAction } from './index.ts'

function run(action_type: string, action_payload: unknown, { keyword = '', appendQuery = '' } = {}): Reply {
  const action = compileAction({ action_type, action_payload, action_options: null })
  assert.ok(action.ok, JSON.stringify(action))
  return action.value.run(makeMacroContext({ click: makeClick({ slots: { keyword } }) }), appendQuery)
}
function page(reply: Reply): Exclude<Reply, { kind: 'campaign' }> {
  assert.ok(reply.kind !== 'campaign')
  return reply
}
/** What is in the quotes of a form's fields. */
const fieldsOf = (body: string): string =>
  body
    .split('accept-charset="utf-8">')[1]
    ?.split('<noscript>')[0]
    ?.replaceAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g, '$1$2') ?? '<'
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
  test('http takes another status', () => {
    for (const status of [301, '307', null]) {
      const action = compileAction({
        action_type: 'http',
        action_payload: 'https://o.example/',
        action_options: { status },
      })
      assert.ok(action.ok)
      assert.equal(page(action.value.run(makeMacroContext())).status, Number(status ?? 302))
    }
    const refused = compileAction({
      action_type: 'http',
      action_payload: 'https://o.example/',
      action_options: { status: 200 },
    })
    assert.ok(!refused.ok)
    assert.deepEqual(
      refused.problems.map(({ message, at }) => [message, at]),
      [['Action http has an option it cannot use: status must be 301, 302, 303, 307 or 308', 'action_options.status']],
    )
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
  test('where its owner wrote macros into scheme and host, they are addresses', () => {
    const texts: Readonly<Record<string, string>> = {
      'url.txt': 'https://a.example:8080/p?x=1',
      'host.txt': 'a.example/p',
    }
    const offer = { id: 1, name: 'O', values: { site: 'https://b.example/' } }
    const context = makeMacroContext({
      offer,
      fileText: (name) => texts[name] ?? '',
      click: makeClick({ slots: { keyword: 'a/b' } }),
    })
    for (const [url, expected] of [
      ['{from_file:url.txt}&s={stream_id}', 'https://a.example:8080/p?x=1&s='],
      ['{sample:https://a.example/?x=1}', 'https://a.example/?x=1'],
      ['{offer_value:site}?k={keyword}', 'https://b.example/?k=a%2Fb'],
      ['https://{from_file:host.txt}/{from_file:host.txt}', 'https://a.example/p/a.example%2Fp'],
      ['//{sample:c.example:8080}/', '//c.example:8080/'],
    ]) {
      const action = compileAction({ action_type: 'http', action_payload: url, action_options: null })
      assert.ok(action.ok)
      assert.equal(page(action.value.run(context)).destination, expected)
    }
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
        if (key === 'formsubmit') return assert.doesNotMatch(fieldsOf(reply.body), /[<>"'`]/)
        assert.equal(reply.body.split('<').length, plain.body.split('<').length)
        assert.equal(reply.body.split('"').length, plain.body.split('"').length + reply.body.split('\\"').length - 1)
      }),
    )
  })
})

const URL = 'https://o.example/p?a=1&b=x%20y&submit=1#top'
const inContext = (key: string, more: Parameters<typeof makeMacroContext>[0], payload = URL): Reply => {
  const action = compileAction({ action_type: key, action_payload: payload, action_options: null })
  assert.ok(action.ok, JSON.stringify(action))
  return action.value.run(makeMacroContext(more))
}
const gatewayUrl = (url: string, gateway: string): string => `https://go.example/${gateway}?${encodeURIComponent(url)}`

describe('redirects by a page', () => {
  test('double meta goes by a page of the tracker', () => {
    const reply = page(inContext('double_meta', { gatewayUrl }))
    assert.match(reply.body, /content="0; url=https:\/\/go\.example\/meta\?https%3A/)
    assert.equal(reply.headers['Referrer-Policy'], 'origin')
    assert.match(gatewayPages.meta?.(URL).body ?? '', /content="0; url=https:\/\/o\.example\/p\?a=1&amp;b=x%20y/)
  })
  test('without referrer says so in header and page', () => {
    const reply = page(inContext('blank_referrer', {}))
    assert.equal(reply.headers['Referrer-Policy'], 'no-referrer')
    assert.match(reply.body, /<meta name="referrer" content="no-referrer"><script>/)
  })
  test('a form takes the query of the URL as fields', () => {
    const { body } = page(inContext('formsubmit', {}))
    assert.match(body, /<form method="post" action="https:\/\/o\.example\/p#top"/)
    assert.deepEqual(
      [...body.matchAll(/name="(.*?)" value="(.*?)"/g)].map(([, name, value]) => `${name}=${value}`),
      ['a=1', 'b=x y', 'submit=1'],
    )
  })
  test('ways that matter are kept inside scripts of other pages', () => {
    const urlOf = (key: string): string => {
      const reply = inContext(key, { gatewayUrl, embedding: 'script' })
      return reply.kind === 'redirect' ? reply.url.replace(/\?.*/, '') : reply.kind
    }
    assert.deepEqual(['http', 'meta', 'js', 'double_meta', 'blank_referrer', 'formsubmit', 'iframe'].map(urlOf), [
      ...Array(3).fill('https://o.example/p'),
      'https://go.example/meta',
      'https://go.example/blank',
      'https://go.example/form',
      'page',
    ])
  })
  test('scripts and frames', () => {
    const script = page(inContext('js_for_script', {}))
    assert.equal(script.headers['Content-Type'], 'application/javascript; charset=utf-8')
    assert.match(script.body, /^window\.location\.replace\("https:/)
    assert.match(page(inContext('js_for_script', { embedding: 'iframe' })).body, /^<!doctype html>.*<script>window/)
    assert.match(page(inContext('js_for_iframe', {})).body, /target="_top".*window\.top\.location\.href="https:/)
    assert.match(page(inContext('iframe', {})).body, /<iframe src="https:\/\/o\.example\/p\?a=1&amp;b=/)
    assert.match(page(inContext('frame', {})).body, /<frameset[^>]*><frame src="https:/)
    assert.equal(inContext('iframe', {}).destination, URL)
  })
})

describe('what is fetched', () => {
  const fetching = (key: string, options: Record<string, unknown> | null = null, payload = '//o.example/p/{subid}') => {
    const action = compileAction({ action_type: key, action_payload: payload, action_options: options })
    assert.ok(action.ok, JSON.stringify(action))
    const click = makeClick({ userAgent: 'Firefox\r\né', language: 'de', slots: { keyword: '<b>' } })
    const reply = action.value.run(makeMacroContext({ click, subId: 's1' }), 'x=1')
    assert.ok(reply.kind === 'fetch')
    return reply
  }
  const fetched = (text: string, contentType = 'text/html') => ({
    url: 'https://cdn.example/a/b.html?c="',
    contentType,
    text,
  })
  test('is asked for as the visitor would, without telling who he is', () => {
    assert.deepEqual(fetching('curl').request, {
      url: 'https://o.example/p/s1?x=1',
      headers: {
        accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
        'user-agent': 'Firefox',
        'accept-language': 'de',
      },
    })
    assert.equal(fetching('curl').destination, '//o.example/p/s1')
  })
  test('what an affiliate network adds reaches the page that is shown, or the address the visitor is sent to', () => {
    assert.equal(fetching('curl', null, 'https://o.example/p?a=1#f').request.url, 'https://o.example/p?a=1&x=1#f')
    assert.equal(fetching('remote').request.url, 'https://o.example/p/s1')
  })
  test('a page gets a base and its macros', () => {
    const shown = fetching('curl').finish(
      fetched('<html><head><title>{keyword}</title><p>{from_file:domain.txt}{destination}'),
    )
    assert.match(
      shown?.body ?? '',
      /^<html><head><base href="https:\/\/cdn\.example\/a\/b\.html\?c=%22"><script>.*<title>&lt;b&gt;<\/title><p>\{from_file:domain\.txt\}\/\/o\.example\/p\/s1$/s,
    )
    const based = fetching('curl').finish(fetched('<base href="../x/"><a href=y>'))
    assert.match(based?.body ?? '', /^<base href="https:\/\/cdn\.example\/x\/">/)
    const text = fetching('curl').finish(fetched('{"k":"{keyword}"}', 'application/json'))
    assert.deepEqual(
      [text?.body, text?.headers['Content-Type']],
      ['{"k":"{keyword}"}', 'application/json; charset=utf-8'],
    )
  })
  test('an address is where the visitor goes; anything else is none', () => {
    const shown = fetching('remote').finish(fetched(' https://shop.example/é?a=1#f\n'))
    assert.ok(shown?.kind === 'redirect')
    assert.deepEqual([shown.status, shown.url], [302, 'https://shop.example/%C3%A9?a=1&x=1#f'])
    assert.equal(shown.destination, 'https://shop.example/%C3%A9?a=1#f')
    for (const none of [
      '',
      'nothing',
      'javascript:alert(1)',
      '<html>',
      'https://a.example\nhttps://b.example',
      `https://a.example/${'a'.repeat(9000)}`,
    ])
      assert.equal(fetching('remote').finish(fetched(none)), null, none.slice(0, 50))
  })
  test('in vain leads to the fallback', () => {
    const { fallback } = fetching('curl')
    assert.deepEqual([fallback.kind, fallback.status], ['page', 200])
    assert.match(fallback.body, /cannot be shown/)
    const other = fetching('remote', { fallback_url: 'https://else.example/?c={subid}' })
    assert.ok(other.fallback.kind === 'redirect')
    assert.equal(other.fallback.url, 'https://else.example/?c=s1&x=1')
    assert.deepEqual([other.status, other.headers.Location], [302, 'https://else.example/?c=s1&x=1'])
    const refused = compileAction({
      action_type: 'curl',
      action_payload: 'https://o.example',
      action_options: { fallback_url: 'else' },
    })
    assert.ok(!refused.ok)
    assert.deepEqual(
      refused.problems.map(({ message, at }) => [message, at]),
      [
        [
          'Action curl has an option it cannot use: fallback_url needs a URL that begins with https://, http://, // or a macro',
          'action_options.fallback_url',
        ],
      ],
    )
  })
})

describe('what is doubtful', () => {
  const doubts = (action_type: string, action_options: Record<string, unknown> | null = null) =>
    actionDoubts({ action_type, action_payload: '', action_options })
  test('options that do nothing', () => {
    assert.deepEqual(doubts('http', { status: 301 }), [])
    assert.deepEqual(doubts('http', { code: 301 }), [
      'Action http does nothing with code in action_options: it has status. Take out what does nothing.',
    ])
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, nr) => [`o${nr}`.repeat(99), nr]))
    assert.match(doubts('meta', many)[0] ?? '', /and 46 more in action_options: it has no options\./)
    assert.ok((doubts('meta', many)[0] ?? '').length < 600)
    assert.deepEqual(doubts('nothing_of_ours', { a: 1 }), [])
  })
  test('said when a stream is saved', () => {
    const about = { schema: 'redirect', action_payload: 'https://o.example/', action_options: { code: 301 } }
    const bundle = makeBundle({ streams: [about] })
    assert.ok(bundle.streams[0])
    assert.match(streamDoubts(bundle.streams[0], bundle, 0).join(), /does nothing with code/)
  })
  test('actions known by name alone', () => {
    for (const key of ['build_html', 'sub_id']) assert.match(doubts(key)[0] ?? '', /by its name alone/)
  })
})

describe('where answers end up', () => {
  const forms: Record<string, [reply: Reply, form: string]> = {
    http: [inContext('http', {}), 'location'],
    meta: [inContext('meta', {}), 'redirect'],
    js_for_script: [inContext('js_for_script', {}), 'script'],
    iframe: [inContext('iframe', {}), 'page'],
    show_html: [inContext('show_html', {}, '<b>'), 'page'],
    status404: [inContext('status404', {}), 'nothing'],
    do_nothing: [inContext('do_nothing', {}), 'nothing'],
  }
  for (const [key, [reply, form]] of Object.entries(forms)) {
    test(key, () => {
      assert.ok(reply.kind === 'page' || reply.kind === 'redirect')
      assert.equal(formOf(reply), form)
    })
  }
  test('a picture is a file', () => {
    const headers = { 'content-type': 'image/png' }
    assert.equal(formOf({ kind: 'page', status: 200, headers, body: new Uint8Array(3) }), 'file')
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
    assert.deepEqual(
      [page(run('sub_id', '')).body, page(run('build_html', '<i>{keyword}', { keyword: '&' })).body],
      ['p3k9x0a1b2c3d4e5f', '<i>&amp;'],
    )
    assert.deepEqual([page(run('do_nothing', '')).status, page(run('do_nothing', '')).body], [200, ''])
    assert.equal(run('do_nothing', '').destination, 'Do nothing')
  })
  test('to another campaign, its id as text, number or in an object', () => {
    for (const payload of ['12', 12, { campaign_id: 12 }])
      assert.deepEqual(run('campaign', payload), { kind: 'campaign', campaignId: 12, destination: 'Send to campaign' })
  })
})
