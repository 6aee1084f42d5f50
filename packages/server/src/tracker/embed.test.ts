import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Script } from 'node:vm'
import fc from 'fast-check'
import { type Answered, embed, embeddingOf } from './embed.ts'

const HTML = { 'Content-Type': 'text/html; charset=utf-8' }
const page = (body: string, status = 200, headers: Record<string, string> = HTML): Answered => ({
  kind: 'page',
  status,
  headers,
  body,
  destination: '',
})
const redirect = (url: string): Answered => ({
  kind: 'redirect',
  status: 302,
  headers: { Location: url },
  body: '',
  destination: url,
  url,
})

describe('where an answer ends up', () => {
  const cases: readonly [headers: Record<string, string>, params: Record<string, string>, embedding: string][] = [
    [{}, {}, 'direct'],
    [{ accept: 'text/html,image/avif' }, {}, 'direct'],
    [{ 'sec-fetch-dest': 'document' }, { return: 'https://shop.example' }, 'direct'],
    [{}, { return: 'js' }, 'script'],
    [{}, { return: 'js.client' }, 'script'],
    [{ 'sec-fetch-dest': 'script' }, {}, 'script'],
    [{ 'sec-fetch-dest': 'iframe' }, {}, 'iframe'],
    [{ 'sec-fetch-dest': 'frame' }, {}, 'iframe'],
    [{ 'sec-fetch-dest': 'image' }, {}, 'image'],
    [{ accept: 'image/avif,image/webp,*/*;q=0.8' }, {}, 'image'],
    [{}, { return: 'pixel' }, 'image'],
  ]
  for (const [headers, params, embedding] of cases)
    it(JSON.stringify([headers, params]), () => assert.equal(embeddingOf(headers, params), embedding))
})

describe('an answer inside another page', () => {
  it('stays as it is in windows, frames and for sites that ask', () => {
    for (const embedding of ['direct', 'iframe', 'api'] as const) {
      const reply = page('<p>')
      assert.equal(embed(reply, embedding, {}), reply)
    }
  })
  it('is JavaScript in a script, whatever visitors put into it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const reply of [page(text), redirect(text), page(text, 200, { 'Content-Type': 'text/plain' })]) {
          const { body, status, headers } = embed(reply, 'script', {})
          assert.equal(status, 200)
          assert.match(headers['Content-Type'] ?? '', /^application\/javascript/)
          if (body !== '') new Script(String(body))
          assert.doesNotMatch(String(body).split('\n').at(-2) ?? '', /<|\u2028/)
        }
      }),
    )
  })
  it('is nothing in a script when there is nothing to show, and scripts stay scripts', () => {
    assert.equal(embed(page('404 Not Found', 404), 'script', {}).body, '')
    assert.equal(embed(page(''), 'script', {}).body, '')
    const own = page('alert(1)', 200, { 'Content-Type': 'application/javascript' })
    assert.equal(embed(own, 'script', {}), own)
  })
  it('is a picture for a picture, and a redirect may lead to one', () => {
    const type = (reply: Answered, params = {}) => embed(reply, 'image', params).headers['Content-Type']
    assert.equal(type(page('<p>')), 'image/gif')
    assert.equal(type(page('', 404)), 'image/gif')
    assert.equal(type(page('GIF89a', 200, { 'Content-Type': 'image/png' })), 'image/png')
    assert.equal(embed(redirect('https://cdn.example/banner.png'), 'image', {}).status, 302)
    assert.equal(type(redirect('https://o.example/'), { return: 'pixel' }), 'image/gif')
  })
})
