import type { Random } from '../random.ts'

/** Names of parameters that mean something to the tracker, and some that mean something to the language. */
export const PARAMETERS = [
  ...[
    'q',
    'keyword',
    'zone',
    'sub_id_1',
    'sub_id_2',
    'sub_id_3',
    'sub_id_4',
    'sub_id_30',
    'extra_param_1',
    'external_id',
  ],
  ...[
    'source',
    'creative_id',
    'ad_campaign_id',
    'utm_source',
    'cost',
    'currency',
    'referrer',
    'se_referrer',
    'se',
    'charset',
  ],
  ...[
    'default_keyword',
    'landing_id',
    'offer_id',
    'return',
    '_lp',
    '_token',
    'token',
    '_update_tokens',
    'sub_id',
    'subid',
  ],
  ...[
    'frm',
    'x',
    'exit',
    'status',
    'payout',
    'tid',
    'from',
    'ip',
    'ua',
    'user_agent',
    'language',
    'info',
    'log',
    'version',
  ],
  ...[
    'force_redirect_offer',
    'uniqueness_cookie',
    'lp',
    'page',
    'se_referer',
    'kw',
    'cookies',
    'headers[X-A]',
    'sale_status',
  ],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__proto__[x]', 'params[]'],
] as const

/** Values as they are before they are encoded. */
export const VALUES = [
  ...[
    '',
    '1',
    '0',
    '-1',
    'a',
    'abc',
    'bbb',
    'true',
    'null',
    'NaN',
    'undefined',
    '1e999',
    '99999999999999999999',
    '0x10',
    '1,5',
  ],
  ...[
    'js',
    'js.client',
    'pixel',
    'gif',
    'lead',
    'sale',
    'rejected',
    'USD',
    'EUR',
    'utf-16',
    'windows-1251',
    'koi8-r',
    'nonsense',
  ],
  ...[
    '\r\nX-Injected: yes',
    '%0d%0aX-Injected:%20yes',
    '\n\nHTTP/1.1 200 OK',
    '\u0000',
    '\u007f',
    '\u2028',
    '\ud83d\ude00',
  ],
  ...[
    '<script>alert(1)</script>',
    '"><img src=x>',
    "';--",
    '#{7*7}',
    '{keyword}',
    '{_keyword}',
    '{subid}',
    '{date:Y}',
    '{from_file:x}',
  ],
  ...[
    'https://evil.example/',
    '//evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '../../etc/passwd',
    'C:\\x',
    '/a/*',
    '((((a+)+)+)+)$',
  ],
  ...[
    '::1',
    '127.0.0.1',
    '8.8.8.8',
    '999.1.1.1',
    '1.2.3.4, 5.6.7.8',
    'en-US,en;q=0.9',
    'de',
    'x'.repeat(3000),
    'Ünïcödé',
    'текст',
    '日本語',
  ],
] as const

export const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5; rv:127.0) Gecko/20100101 Firefox/127.0',
  'Googlebot/2.1 (+http://www.google.com/bot.html)',
  'curl/8.5.0',
] as const

/** Bytes as characters, from none to a line. */
export function anyText(random: Random): string {
  let text = ''
  for (let left = random.below(random.chance(0.05) ? 400 : 24); left > 0; left--)
    text += String.fromCharCode(random.chance(0.7) ? 32 + random.below(95) : random.below(256))
  return text
}

/** A value as it stands in a URL: encoded well, encoded badly, or not at all but for what ends the line. */
export function encoded(random: Random): string {
  const text = random.chance(0.75) ? random.pick(VALUES) : anyText(random)
  if (random.chance(0.75)) return encodeURIComponent(text)
  if (random.chance(0.5))
    return [...Buffer.from(text)]
      .map((byte) => `%${byte.toString(16)}`)
      .join('')
      .slice(0, 900)
  return random.pick([
    '%',
    '%%',
    '%zz',
    '%ff%fe',
    '%ED%A0%80',
    '%F0%9F%98',
    '%u0041',
    '+%2B+',
    '%00',
    '=&=&',
    '[]',
    '{x}',
    'a%0d%0ab',
  ])
}

/** What may stand in a header: no line ends, no bytes below space. */
export const headerText = (random: Random): string =>
  Buffer.from(random.chance(0.6) ? random.pick(VALUES) : anyText(random))
    .toString('latin1')
    .replace(/[^\x20-\x7e\x80-\xff]/g, ' ')

/** A text with one place damaged: a character changed, left out, doubled, or the rest cut off. */
export function mutated(text: string, random: Random): string {
  if (text === '') return anyText(random)
  const at = random.below(text.length)
  const odd = String.fromCharCode(random.below(256))
  switch (random.below(5)) {
    case 0:
      return text.slice(0, at) + odd + text.slice(at + 1)
    case 1:
      return text.slice(0, at) + text.slice(at + 1)
    case 2:
      return text.slice(0, at) + text.slice(0, at) + text.slice(at)
    case 3:
      return text.slice(0, at) + anyText(random) + text.slice(at)
    default:
      return text.slice(0, at)
  }
}

type MakeHeader = (random: Random) => string
const from =
  (name: string, ...values: readonly string[]): MakeHeader =>
  (random) =>
    `${name}: ${random.chance(0.7) ? random.pick(values) : headerText(random)}`

/** Headers that the tracker reads, with what browsers send in them or with something else. */
export const HEADERS: readonly MakeHeader[] = [
  from(
    'Referer',
    'https://www.google.com/search?q=a+b',
    'https://search.example/?q=%E0%A4%A',
    'https://yandex.ru/search/?text=%ff',
    'about:blank',
  ),
  from('Accept-Language', 'en-US,en;q=0.9', 'de', 'fr-FR', '*', 'xx-'),
  from('Accept', 'image/avif,*/*', 'text/html', '*/*'),
  from('Sec-Fetch-Dest', 'script', 'iframe', 'image', 'document'),
  from('Sec-Purpose', 'prefetch', 'prefetch;prerender', 'none'),
  from('Sec-CH-UA', '"Chromium";v="126", "Not.A/Brand";v="8", "Google Chrome";v="126"', '"";v=""', '"'.repeat(500)),
  from('Sec-CH-UA-Full-Version-List', '"Opera";v="111.0.1", "Chromium";v="125.0.0.1"', '"a";v="b",'.repeat(300)),
  from('Sec-CH-UA-Platform', '"Windows"', '"Android"', '"__proto__"', 'macOS'),
  from('Sec-CH-UA-Platform-Version', '"15.0.0"', '"99999999999999"', '""'),
  from('Sec-CH-UA-Model', '"Pixel 8"', '"<script>"', '"'),
  from('Sec-CH-UA-Mobile', '?1', '?0', '?2'),
  from('X-Requested-With', 'com.app.example', 'XMLHttpRequest'),
  from('X-Forwarded-Proto', 'https', 'http', 'https,http', 'ftp'),
  from('X-Forwarded-Host', 'go.example', 'a b', '[::1]:8080', 'evil.example:99999'),
  from('X-Purpose', 'preview'),
  from('Range', 'bytes=0-3', 'bytes=-1', 'bytes=99-', 'bytes=5-1', 'bytes=0-0,1-1', 'bytes=9999999999999999999-'),
  from('If-None-Match', '*', '"x"', 'W/"x", "y"'),
  from('If-Range', '"x"', 'Mon, 01 Jan 2024 00:00:00 GMT'),
  from(
    'Content-Type',
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
  ),
  from('Via', '1.1 proxy'),
  from('Origin', 'https://site.example', 'null'),
  from('Access-Control-Request-Method', 'POST'),
]
