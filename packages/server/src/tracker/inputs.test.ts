import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { addressesIn } from '../config.ts'
import { readBrands } from './brands.ts'
import { createDeviceParser } from './device.ts'
import { hostName, isPrefetch, readCookie, readLanguage, readOrigin } from './headers.ts'
import { createIdentify } from './identity.ts'
import { compileParameters, mapParameters } from './parameters.ts'
import { decodeCharset, parseQuery, splitUrl } from './query.ts'
import { readSearchEngine } from './search-engine.ts'
import { type LandingPass, readLandingPass, readVisitor, signLandingPass, signVisitor } from './token.ts'

const noHints = {
  platform: '',
  platformVersion: '',
  model: '',
  mobile: '',
  app: '',
  browser: { name: '', version: '' },
}

describe('query strings', () => {
  it('read as URLSearchParams does, last value winning', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.string())), (pairs) => {
        const parsed = parseQuery(new URLSearchParams(pairs).toString())
        assert.deepEqual({ ...parsed }, Object.fromEntries(pairs))
      }),
    )
  })
  it('never throw, whatever comes', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseQuery(text)))
    assert.deepEqual({ ...parseQuery('a=%zz&=x&&b') }, { a: '%zz', b: '' })
    assert.deepEqual(Object.entries(parseQuery('__proto__=1')), [['__proto__', '1']])
  })
  it('a keyword in another charset is read when the link names it', () => {
    const raw = parseQuery('keyword=%EA%EE%F2').keyword ?? ''
    assert.equal(decodeCharset(raw, 'windows-1251'), 'кот')
    assert.equal(decodeCharset(raw, 'no-such-charset'), raw)
  })
  it('URLs split into path and query', () => {
    assert.deepEqual(splitUrl('/a?b=c?d#e'), { path: '/a', query: 'b=c?d' })
    assert.deepEqual(splitUrl('http://x.test/a?b'), { path: '/a', query: 'b' })
    assert.deepEqual(splitUrl('*'), { path: '*', query: '' })
  })
})

describe('where a visitor comes from', () => {
  const trusted = addressesIn(['10.0.0.0/8', '::1'])
  it('is the socket address when nobody is trusted, and forwarding headers mark a proxy', () => {
    const origin = readOrigin({ host: 'T.example:8080', 'x-forwarded-for': '1.2.3.4' }, '::ffff:9.9.9.9', null)
    assert.deepEqual(origin, {
      ip: '9.9.9.9',
      host: 't.example',
      authority: 'T.example:8080',
      isTls: false,
      cameThroughProxy: true,
    })
  })
  it('is the last address no trusted proxy put there', () => {
    const headers = {
      host: 'inside',
      'x-forwarded-host': 'go.test',
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '6.6.6.6, 1.2.3.4, 10.1.1.1',
    }
    assert.deepEqual(readOrigin(headers, '10.0.0.1', trusted), {
      ip: '1.2.3.4',
      host: 'go.test',
      authority: 'go.test',
      isTls: true,
      cameThroughProxy: false,
    })
  })
  it('reads addresses with ports, and believes nothing before what cannot be read', () => {
    const from = (list: string) => readOrigin({ host: 'x', 'x-forwarded-for': list }, '10.0.0.1', trusted).ip
    assert.equal(from('6.6.6.6, 1.2.3.4:5678'), '1.2.3.4')
    assert.equal(from('6.6.6.6, [2001:db8::1]:443'), '2001:db8::1')
    assert.equal(from('6.6.6.6, unknown'), '10.0.0.1')
    assert.equal(from('10.1.1.1, 10.1.1.2'), '10.1.1.1')
  })
  it('a Host header cannot write into our links', () => {
    assert.equal(readOrigin({ host: 'a"><script>' }, '1.1.1.1', null).authority, 'localhost')
    assert.equal(hostName('[2001:db8::1]:8080'), '[2001:db8::1]')
  })
  it('language, cookies and prefetch are read from their headers', () => {
    assert.equal(readCookie({ cookie: 'a=1; _subid=x=y; b=2' }, '_subid'), 'x=y')
    assert.equal(isPrefetch({ 'sec-purpose': 'prefetch;prerender' }), true)
    assert.equal(isPrefetch({}), false)
  })
})

describe('languages', () => {
  const cases: readonly [header: string, language: string][] = [
    ['de-CH,en;q=0.8', 'de'],
    ['en;q=0.5, fr;q=0.9, de;q=0.7', 'fr'],
    ['en;q=0.8,es', 'es'],
    ['*', ''],
    ['*;q=0.5, pt-BR;q=0.1', 'pt'],
    ['zh-Hans-CN', 'zh'],
    ['ru_RU', 'ru'],
    ['EN-us', 'en'],
    ['en ; q = 0.3 , it ; q=0.4', 'it'],
    ['de;q=0, en;q=0.1', 'en'],
    ['de;q=0', ''],
    ['fil-PH,en;q=0.5', 'tl'],
    ['iw', 'he'],
    ['english', ''],
    ['nonsense/*, sv', 'sv'],
    ['c', ''],
    ['', ''],
    [`${'x'.repeat(10_000)},en`, ''],
  ]
  for (const [text, language] of cases)
    it(`${text.slice(0, 40)} is ${language || 'none'}`, () =>
      assert.equal(readLanguage({ 'accept-language': text }), language))
  it('no header crashes it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) =>
        assert.match(readLanguage({ 'accept-language': text }), /^([a-z]{2})?$/),
      ),
    )
  })
})

describe('search engines', () => {
  const cases: readonly [referrer: string, engine: string, keyword: string, charset?: string][] = [
    ['https://www.google.co.uk/search?q=red+shoes&hl=en', 'google', 'red shoes'],
    ['https://google.com/', 'google', ''],
    ['https://www.google.com.br/#q=sapatos', 'google', 'sapatos'],
    ['https://www.bing.com/search?q=red%20shoes', 'bing', 'red shoes'],
    ['https://yandex.ru/search/?text=%D0%BA%D0%BE%D1%82', 'yandex', 'кот'],
    ['https://yandex.com.tr/search/?text=kedi', 'yandex', 'kedi'],
    ['https://ya.ru/search/?text=kot', 'yandex', 'kot'],
    ['http://www.baidu.com/s?wd=%E9%9E%8B', 'baidu', '鞋'],
    ['https://duckduckgo.com/?q=shoes', 'duckduckgo', 'shoes'],
    ['https://de.search.yahoo.com/search?p=schuhe', 'yahoo', 'schuhe'],
    ['https://www.ecosia.org/search?q=shoes', 'ecosia', 'shoes'],
    ['https://search.brave.com/search?q=shoes', 'brave', 'shoes'],
    ['https://go.mail.ru/search?q=%EA%EE%F2', 'mailru', 'кот', 'windows-1251'],
    ['https://go.mail.ru/search?q=%EA%EE%F2', 'mailru', '%EA%EE%F2'],
    ['android-app://com.google.android.googlequicksearchbox/', 'google', ''],
    ['https://notgoogle.example/?q=x', '', ''],
    ['https://google.evil.example.net/?q=x', '', ''],
    ['https://mail.google.com/mail?q=x', '', ''],
    ['https://brave.com/?q=x', '', ''],
    ['https://user:pass@www.google.com/?q=x', 'google', 'x'],
    ['android-app://com.example/', '', ''],
    ['google.com', '', ''],
    ['', '', ''],
  ]
  for (const [referrer, engine, keyword, charset] of cases)
    it(`${referrer} is ${engine || 'none'}`, () =>
      assert.deepEqual(readSearchEngine(referrer, charset), { engine, keyword }))
  it('no referrer crashes it or takes long', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void readSearchEngine(`https://${text}`)))
    const before = process.threadCpuUsage()
    readSearchEngine(`https://${'a.'.repeat(50_000)}`)
    readSearchEngine(`https://google.com/?${'&'.repeat(100_000)}`)
    assert.ok(process.threadCpuUsage(before).user < 500_000)
  })
})

describe('parameters', () => {
  const map = compileParameters({ sub_id_1: { name: 'zone' }, cost: { name: 'bid' }, keyword: { name: 'utm_term' } })
  it('the mapping wins over the own name, which wins over global aliases', () => {
    assert.deepEqual(mapParameters(map, { zone: 'z', sub_id_1: 'own', sub_id_2: 'two', utm_source: 's', bid: '0.5' }), {
      sub_id_1: 'z',
      sub_id_2: 'two',
      source: 's',
      cost: '0.5',
    })
    assert.deepEqual(mapParameters(map, { zone: '', sub_id_1: 'own' }), { sub_id_1: 'own' })
  })
  it('long values are cut and unknown names left out', () => {
    assert.deepEqual(mapParameters(map, { sub_id_9: 'x'.repeat(5000), foo: 'bar' }), { sub_id_9: 'x'.repeat(1000) })
  })
})

describe('devices', () => {
  const { parse } = createDeviceParser()
  it('names an iPhone, an Android phone and a desktop', () => {
    const iphone = parse(
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
      noHints,
    )
    assert.deepEqual(
      [iphone.device.type, iphone.device.os, iphone.device.browser, iphone.isBot],
      ['mobile', 'iOS', 'Mobile Safari', false],
    )
    const desktop = parse(
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      noHints,
    )
    assert.deepEqual([desktop.device.type, desktop.device.os, desktop.device.browser], ['desktop', 'Windows', 'Chrome'])
  })
  const reduced =
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36'
  it('believes client hints over the user agent', () => {
    const hinted = (more: object) => {
      const { device } = parse(reduced, { ...noHints, platform: 'Android', mobile: '?1', ...more })
      return [device.brand, device.model, device.os, device.osVersion, device.type]
    }
    // 15.0.0 of a hint and 15 of a user agent are the same in reports.
    assert.deepEqual(hinted({ model: 'Pixel 9', platformVersion: '15.0.0' }), [
      ...['Google', 'Pixel 9', 'Android', '15', 'mobile'],
    ])
    const brands = {
      'SM-S918B': 'Samsung',
      CPH2449: 'OnePlus',
      V2250: 'Vivo',
      'XQ-DQ72': 'Sony',
      '23127PN0CC': 'Xiaomi',
    }
    for (const [model, brand] of Object.entries(brands)) assert.equal(hinted({ model })[0], brand, model)
    const mac = parse('Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/140.0.0.0', {
      ...noHints,
      platform: 'macOS',
      platformVersion: '15.1.0',
    })
    assert.equal(mac.device.osVersion, '15.1')
  })
  it('counts versions of Windows as the hint does, which alone tells those before 10', () => {
    const versionOf = (platformVersion: string) =>
      parse('Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/109.0.0.0 Safari/537.36', {
        ...noHints,
        platform: 'Windows',
        platformVersion,
      }).device.osVersion
    const versions = ['15.0.0', '10.0.0', '0.3.0', '0.2.0', '0.1.0', '0.0.0', '0', '0.9', '.', ''].map(versionOf)
    assert.deepEqual(versions, ['11', '10', '8.1', '8', '7', ...['10', '10', '10', '10', '10']])
  })
  it('tells the systems of Apple’s devices that browsers and apps hide behind 18', () => {
    const versionOf = (rest: string, os = 'CPU iPhone OS 18_7') =>
      parse(`Mozilla/5.0 (iPhone; ${os} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) ${rest}`, noHints)
        .device.osVersion
    assert.equal(versionOf('Version/26.1 Mobile/15E148 Safari/604.1'), '26.1')
    assert.equal(
      versionOf('Mobile/15E148 [FBAN/FBIOS;FBAV/530.0;FBDV/iPhone18,1;FBSN/iOS;FBSV/26.0.1;FBSS/3]'),
      '26.0.1',
    )
    assert.equal(versionOf('Mobile/22G Instagram 400.0.0.1 (iPhone17,1; iOS 26_0_1; en_US)'), '26.0.1')
    assert.equal(versionOf('Version/18.7.2 Mobile/15E148 Safari/604.1'), '18.7')
    assert.equal(versionOf('Version/26.0 EdgiOS/150.0', 'CPU iPhone OS 26_7_0'), '26.7.0')
    assert.equal(versionOf('Mobile/15E148'), '18.7')
  })
  it('holds on to no more of a user agent than it reads', () => {
    const facts = parse(`${reduced}${'x'.repeat(5000)}1`, noHints)
    assert.equal(parse(`${reduced}${'x'.repeat(5000)}2`, noHints), facts)
  })
  it('finds the browser behind a user agent that says Chrome, and its whole version', () => {
    const userAgent =
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
    const browserOf = (list: string, agent = userAgent) => {
      const { device, isBot } = parse(agent, { ...noHints, browser: readBrands(list) })
      return [device.browser, device.browserVersion, isBot]
    }
    assert.deepEqual(browserOf('"Chromium";v="140", "Brave";v="140", "Not=A?Brand";v="24"'), ['Brave', '140', false])
    assert.deepEqual(browserOf('"Google Chrome";v="140.0.7339.81"'), ['Chrome', '140.0.7339.81', false])
    assert.deepEqual(browserOf('"Google Chrome";v="140"'), ['Chrome', '140.0.0.0', false])
    assert.deepEqual(browserOf('"HeadlessChrome";v="140"'), ['Headless Chrome', '140', true])
    assert.deepEqual(browserOf('"Nobody\'s Browser";v="1", <script>'), ['Chrome', '140.0.0.0', false])
    const inFacebook =
      'Mozilla/5.0 (Linux; Android 14; SM-S911B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/140.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/450.0.0.0;]'
    assert.equal(browserOf('"Android WebView";v="140"', inFacebook)[0], 'Facebook')
  })
  it('names the app that owns a web view, by the header that Android sends with it', () => {
    const webView =
      'Mozilla/5.0 (Linux; Android 14; SM-S911B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/140.0.0.0 Mobile Safari/537.36'
    const browserOf = (app: string, agent = webView) => parse(agent, { ...noHints, app }).device.browser
    assert.equal(browserOf('org.telegram.messenger'), 'Telegram')
    assert.equal(browserOf('com.zhiliaoapp.musically'), 'TikTok')
    assert.equal(browserOf('com.example.game'), 'Chrome Webview')
    assert.equal(browserOf('XMLHttpRequest'), 'Chrome Webview')
    assert.equal(browserOf('com.facebook.katana', `${webView} Instagram 330.0.0.40.92 Android`), 'Instagram')
  })
  it('no user agent takes long or crashes it', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => void parse(text, noHints)))
    const pieces = [
      'iPad OS ',
      'FBAN/',
      'Android Version/4.0 Chrome/1 ',
      'NAVER(inapp; search; ',
      'trill_1 ',
      'Tizen ',
      '/1.',
    ]
    for (const piece of pieces) {
      const before = process.threadCpuUsage()
      parse(piece.repeat(1000), noHints)
      assert.ok(process.threadCpuUsage(before).user < 500_000, piece)
    }
  })
  it('takes a missing user agent and a crawler for bots', () => {
    assert.equal(parse('', noHints).isBot, true)
    assert.equal(parse('Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', noHints).isBot, true)
  })
})

describe('tokens', () => {
  const keys = [
    { id: '2', secret: 'new secret' },
    { id: '1', secret: 'old secret' },
  ]
  const pass: LandingPass = {
    subId: 'a'.repeat(17),
    atMs: 5,
    campaignId: 1,
    streamId: 2,
    landingId: 3,
    offerId: 0,
    roll: 9,
    visitor: 'abcdefgh',
    costMicros: 50_000,
    parentCampaignId: 0,
    referrer: 'https://r.test/',
    slots: { sub_id_1: 'ü"' },
  }
  it('come back as they were, also when signed with an older key', () => {
    assert.deepEqual(readLandingPass(keys, signLandingPass(keys, pass)), pass)
    assert.deepEqual(readLandingPass(keys, signLandingPass(keys.slice(1), pass)), pass)
  })
  it('any changed character makes them worthless', () => {
    const token = signLandingPass(keys, pass)
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom('A', 'z', '.', '0'), (at, character) => {
        const forged = token.slice(0, at) + character + token.slice(at + 1)
        if (forged !== token) assert.equal(readLandingPass(keys, forged), null)
      }),
    )
  })
  it('one purpose cannot be used for another, and big parameters still fit a cookie', () => {
    const visitorPass = { visitor: 'abcdefgh', browser: '' }
    assert.equal(readLandingPass(keys, signVisitor(keys, visitorPass)), null)
    assert.deepEqual(readVisitor(keys, signVisitor(keys, visitorPass)), visitorPass)
    const slots = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`sub_id_${i + 1}`, 'x'.repeat(1000)]))
    assert.ok(signLandingPass(keys, { ...pass, slots, referrer: 'r'.repeat(3000) }).length < 3800)
  })
})

describe('identity', () => {
  it('is stable, differs by secret, address and (if asked) user agent', () => {
    const identify = createIdentify('7')
    const anna = { ip: '1.2.3.4', userAgent: 'A' }
    assert.equal(identify(anna, 'ip_ua'), identify({ ...anna }, 'ip_ua'))
    assert.notEqual(identify(anna, 'ip_ua'), identify({ ...anna, userAgent: 'B' }, 'ip_ua'))
    assert.equal(identify(anna, 'ip'), identify({ ...anna, userAgent: 'B' }, 'ip'))
    assert.notEqual(identify(anna, 'ip'), createIdentify('8')(anna, 'ip'))
    assert.match(identify(anna, 'ip'), /^[0-9a-z]{8,14}$/)
  })
  it('spreads: 100 000 addresses give as many codes', () => {
    const identify = createIdentify('7')
    const codes = new Set(
      Array.from({ length: 100_000 }, (_, i) =>
        identify({ ip: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, userAgent: '' }, 'ip'),
      ),
    )
    assert.equal(codes.size, 100_000)
  })
})
