import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { readPostback } from '@trackyard/core/conversion/read-postback.ts'
import { macros } from '@trackyard/core/macros/index.ts'
import { openTestBackend, type TestBackend } from '../testing.ts'
import { incomingPostbackUrl, networkTemplates, sourceTemplates } from './catalogue.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend()
})
after(() => backend.close())

describe('templates', () => {
  it('can all be read, and name macros that exist in what we send', () => {
    assert.ok(sourceTemplates().size >= 60)
    assert.ok(networkTemplates().size >= 55)
    const known = new Set(
      Object.entries<{ aliases?: readonly string[] }>(macros).flatMap(([name, { aliases = [] }]) => [name, ...aliases]),
    )
    const check = (text: string, where: string) => {
      for (const [, name = ''] of text.matchAll(/\{(\w+)[}:]/g)) {
        assert.ok(known.has(name) || /^sub_id_\d+$/.test(name) || POSTBACK_MACROS.has(name), `${where}: {${name}}`)
      }
    }
    for (const [key, { postback_url }] of sourceTemplates()) check(postback_url, key)
    for (const [key, { offer_param }] of networkTemplates()) check(offer_param, key)
  })

  it('give networks a postback URL that carries their tokens', () => {
    const adcombo = networkTemplates().get('adcombo')
    assert.ok(adcombo)
    assert.equal(
      incomingPostbackUrl(adcombo, { domain: 'go.example', postbackKey: 'key' }),
      'https://go.example/key/postback?subid={subacc4}&payout={revenue}&status={status}&tid={trans_id}&currency=usd&lead_status=hold&sale_status=confirmed&rejected_status=reject,trash,cancelled&from=adcombo',
    )
  })

  it('name the words of each network for statuses of ours, and say nothing while their tokens are not filled in', () => {
    const lists = { lead_status: 'lead', sale_status: 'sale', rejected_status: 'rejected', trash_status: 'trash' }
    let words = 0
    for (const [key, template] of networkTemplates()) {
      const url = incomingPostbackUrl(template, { domain: 'go.example', postbackKey: 'key' })
      // Networks fill in tokens such as #s2# before anybody reads it as a URL.
      const pairs = url.slice(url.indexOf('?') + 1).split('&')
      const params: Record<string, string> = Object.fromEntries(pairs.map((pair) => pair.split('=')))
      assert.ok(params.subid, `${key} sends a click`)
      for (const [name, status] of Object.entries(lists)) {
        for (const word of (params[name] ?? '').split(',').filter(Boolean)) {
          words++
          assert.equal(readPostback({ ...params, status: word.toUpperCase() }).status, status, `${key}: ${word}`)
        }
      }
      const { status, payoutMicros, tid } = readPostback(params)
      assert.deepEqual([status, payoutMicros, tid], ['sale', null, ''], `${key}: ${url}`)
    }
    assert.ok(words > 80)
  })

  it('are listed by the API', async () => {
    const sources = (await backend.call('GET', '/traffic_sources/templates')).body
    assert.ok(sources.some((one: { template_name: string }) => one.template_name === 'propellerads'))
    assert.deepEqual((await backend.call('GET', '/sources/templates')).body, sources)
    await backend.create('domains', { name: 'go.example' })
    const networks = (await backend.call('GET', '/affiliate_networks/templates')).body
    assert.match(networks[0].postback_url, /^https:\/\/go\.example\/pbkey123\/postback\?subid=/)
  })

  it('fill in what was left empty, and nothing else', async () => {
    const made = await backend.create('traffic_sources', {
      name: 'Mine',
      template_name: 'propellerads',
      parameters: [],
    })
    assert.deepEqual(made.parameters.external_id, { name: 'external_id', placeholder: '$' + '{SUBID}', alias: '' })
    assert.match(made.postback_url, /propellerads/)
    assert.equal(made.name, 'Mine')
    const own = { parameters: { cost: { name: 'c' } }, postback_url: 'https://own.example/' }
    const kept = await backend.create('sources', { name: 'Own', template_name: 'propellerads', ...own })
    assert.partialDeepStrictEqual(kept, own)
    const network = await backend.create('affiliate_networks', { name: 'Net', template_name: 'adcombo' })
    assert.equal(network.offer_param, 'subacc4={subid}')
    const unknown = await backend.create('affiliate_networks', { name: 'Other', template_name: 'bitterstrawberrycom' })
    assert.deepEqual([unknown.postback_url, unknown.template_name], ['', 'bitterstrawberrycom'])
  })
})

/** Values of a conversion: they exist when a postback is sent, not when a visitor is redirected. */
const POSTBACK_MACROS: ReadonlySet<string> = new Set(['revenue', 'payout', 'status', 'currency', 'tid'])
