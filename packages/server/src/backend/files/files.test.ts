import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openTestBackend, TEST_KEY, type TestBackend } from '../testing.ts'
import { makeZip, zipOf } from './testing.ts'

let backend: TestBackend
before(async () => {
  backend = await openTestBackend({ uploadLimitBytes: 2_000_000 })
})
after(() => backend.close())

const PAGE = '<!doctype html><head><title>Quiz</title></head><a href="{offer}">Go</a>'
const SITE = zipOf({ 'site/index.html': PAGE, 'site/css/a.css': 'a{}', 'site/logo.png': Buffer.from([137, 80, 0, 1]) })
const base64 = (zip: Buffer): string => zip.toString('base64')

for (const kind of ['landing_pages', 'offers'] as const) {
  const type = kind === 'offers' ? 'offer_type' : 'landing_type'
  const upload = (more: object = {}) => backend.create(kind, { name: 'Quiz v2!', archive: base64(SITE), ...more })
  const structure = async (id: number): Promise<string[]> => {
    const { body } = await backend.call('GET', `/${kind}/${id}/get_structure`)
    const list = (node: { path: string; type: string; children: [] }): string[] =>
      node.type === 'file' ? [node.path] : node.children.flatMap(list)
    return list(body)
  }
  const file = async (id: number, path: string): Promise<string> =>
    (await backend.call('GET', `/${kind}/${id}/get_file?path=${encodeURIComponent(path)}`)).body.data

  describe(`files of ${kind}`, () => {
    it('come with creating as base64, and tell where they are', async () => {
      const made = await upload({ archive: `data:application/zip;base64,${base64(SITE)}` })
      const { folder } = made.action_options
      assert.match(folder, /^quiz-v2-[a-z0-9]{6}$/)
      assert.partialDeepStrictEqual(made, {
        [type]: 'local',
        action_type: 'local_file',
        local_path: `/lander/${folder}`,
        preview_path: `/lander/${folder}/index.html`,
      })
      assert.deepEqual(await structure(made.id), ['css/a.css', 'index.html', 'logo.png'])
      assert.deepEqual((await backend.call('GET', `/${kind}/${made.id}/get_structure`)).body.children[0], {
        name: 'css',
        type: 'dir',
        ext: '',
        path: 'css',
        children: [{ name: 'a.css', type: 'file', ext: 'css', path: 'css/a.css', children: [] }],
      })
      assert.equal(await file(made.id, 'index.html'), PAGE)
    })
    it('are copied with their owner; a disk that takes no more is told, and nothing is left behind', async (t) => {
      const made = await upload()
      const methods = kind === 'offers' ? (['POST'] as const) : (['PUT', 'POST'] as const)
      const full = Object.assign(new Error('full'), { code: 'ENOSPC' })
      const write = t.mock.method(backend.files, 'write', () => Promise.reject(full))
      const before = (await backend.call('GET', `/${kind}`)).body
      for (const method of methods) {
        const { status, body } = await backend.call(method, `/${kind}/${made.id}/clone`)
        assert.equal(status, 503)
        assert.match(body.error, /ENOSPC.*make room/)
      }
      assert.deepEqual((await backend.call('GET', `/${kind}`)).body, before)
      write.mock.restore()
      await backend.files.remove(made.files)
      const reply = await backend.app.inject({
        method: methods[0],
        url: `/admin_api/v1/${kind}/${made.id}/clone`,
        headers: { 'api-key': TEST_KEY },
      })
      assert.equal(reply.statusCode, 200)
      assert.match(String(reply.headers['trackyard-hint']), /cannot be read, so the copy has none/)
    })
    it('come with changing as a file of a form, in the same folder, all or nothing', async () => {
      const made = await upload()
      const form = new FormData()
      form.set('archive', new File([new Uint8Array(zipOf({ 'start.htm': 'new' }))], 'x.zip'))
      const sent = new Response(form)
      const { status, body } = await backend.call('PUT', `/${kind}/${made.id}`, undefined, {
        payload: Buffer.from(await sent.arrayBuffer()),
        headers: { 'content-type': sent.headers.get('content-type') ?? '' },
      })
      assert.equal(status, 200)
      assert.equal(body.files.folder, made.files.folder)
      assert.equal(body.files.index, 'start.htm')
      const { id } = await backend.create(kind, { name: 'Über uns', url: 'https://x.example/' })
      const moved = await backend.call('PUT', `/${kind}/${id}`, { archive: base64(SITE) })
      assert.match(moved.body.files.folder, /^uber-uns-/)
      assert.deepEqual(await structure(made.id), ['start.htm'])
      const bad = await backend.call('PUT', `/${kind}/${made.id}`, {
        archive: base64(zipOf({ 'x.php': '' })),
        name: 'N',
      })
      assert.deepEqual(
        [bad.status, bad.body],
        [
          406,
          { archive: ['The archive holds PHP, which is not run here: x.php. Save the page as HTML and leave PHP out'] },
        ],
      )
      // A good archive with a bad field changes nothing either.
      const half = await backend.call('PUT', `/${kind}/${made.id}`, { archive: base64(SITE), state: 'gone' })
      assert.deepEqual([half.status, Object.keys(half.body)], [406, ['state']])
      assert.deepEqual((await backend.call('GET', `/${kind}/${made.id}`)).body, body)
      assert.deepEqual(await structure(made.id), ['start.htm'])
    })
    it('hold no PHP in their pages, however they come', async () => {
      const made = await upload()
      const said = 'holds PHP, which is not run here: save it as HTML, as browsers get it, and leave PHP out'
      for (const path of ['index.html', 'order/ok.htm']) {
        const files = { 'index.html': PAGE, [path]: `<p><?= $price ?></p>` }
        const sent = await backend.call('PUT', `/${kind}/${made.id}`, { archive: base64(zipOf(files)) })
        assert.deepEqual([sent.status, sent.body], [406, { archive: [`The page ${path} ${said}`] }])
        const input = { path, data: '<?PHP echo 1; ?>' }
        const [method, name] =
          path === 'index.html' ? (['PUT', 'update_file'] as const) : (['POST', 'add_file'] as const)
        const edited = await backend.call(method, `/${kind}/${made.id}/${name}`, input)
        assert.deepEqual([edited.status, edited.body], [406, { data: [`The page ${path} ${said}`] }])
      }
      // Elsewhere it is text, and XML begins alike.
      const fine = { 'index.html': `<?xml version="1.0"?>${PAGE}`, 'notes.txt': '<?php' }
      assert.equal((await upload({ archive: base64(zipOf(fine)) })).files.index, 'index.html')
    })
    it('whose links and forms lead to nothing are saved with a hint', async () => {
      const page = (links: string) => base64(zipOf({ 'index.html': links }))
      const hintsFor = async (links: string) => {
        const reply = await backend.app.inject({
          method: 'POST',
          url: `/admin_api/v1/${kind}`,
          headers: { 'api-key': TEST_KEY },
          payload: { name: 'Order', archive: page(links) },
        })
        assert.equal(reply.statusCode, 200, reply.body)
        return [reply.headers['trackyard-hint'] ?? []].flat().join()
      }
      const hint = await hintsFor('<form action="order.php?x=1"><a href=/a/b.PHP>x</a><a href="order.php">')
      assert.match(hint, /The page leads to order\.php, \/a\/b\.PHP, but PHP is not run here/)
      assert.equal(await hintsFor('<form action="https://crm.example/order.php"><a href="//x.example/a.php">.php'), '')
      assert.match(await hintsFor('<form action="{offer}" id="order">'), /by GET.*: add method="post"/)
      assert.equal(await hintsFor('<form action="{offer}&x=1" method=POST><form action="#">'), '')
    })
    it('are not for clients to name', async () => {
      const made = await upload()
      const foreign = { folder: '../..', version: '..', index: 'config.sqlite' }
      await backend.call('PUT', `/${kind}/${made.id}`, { files: foreign, action_options: { folder: '../..' } })
      const { body } = await backend.call('GET', `/${kind}/${made.id}`)
      assert.deepEqual([body.files, body.action_options.folder], [made.files, made.files.folder])
      assert.equal((await backend.create(kind, { name: 'x', files: foreign })).files, null)
    })
    it('are edited one by one', async () => {
      const { id } = await upload()
      const call = (method: 'POST' | 'PUT' | 'DELETE', name: string, body: object) =>
        backend.call(method, `/${kind}/${id}/${name}`, body)
      assert.deepEqual((await call('POST', 'add_file', { path: 'order/ok.html' })).body, { path: 'order/ok.html' })
      assert.equal(await file(id, 'order/ok.html'), '')
      const query = new URLSearchParams({ path: 'order/ok.html', data: '<p>é{subid}' })
      assert.deepEqual((await backend.call('PUT', `/${kind}/${id}/update_file?${query}`)).body, {
        path: 'order/ok.html',
      })
      assert.equal(await file(id, 'order/ok.html'), '<p>é{subid}')
      await Promise.all(
        ['a', 'b', 'c', 'd'].map(async (name) =>
          assert.equal((await call('POST', 'add_file', { path: `n/${name}.txt`, data: name })).status, 200),
        ),
      )
      assert.deepEqual((await structure(id)).filter((path) => path.startsWith('n/')).length, 4)
      assert.deepEqual((await call('DELETE', 'remove_file', { path: 'n' })).body, { success: true })
      assert.deepEqual((await call('DELETE', 'remove_file', { path: 'order/ok.html' })).body, { success: true })
      assert.deepEqual(await structure(id), ['css/a.css', 'index.html', 'logo.png'])
    })
    it('make a page out of nothing', async () => {
      const { id } = await backend.create(kind, { name: 'Empty', [type]: 'local' })
      assert.deepEqual(await structure(id), [])
      await backend.call('POST', `/${kind}/${id}/add_file`, { path: 'index.html', data: 'hi' })
      const { body } = await backend.call('GET', `/${kind}/${id}`)
      assert.deepEqual([body[type], body.action_type, body.files.index], ['local', 'local_file', 'index.html'])
    })
    it('are copied with a copy, which then goes its own way', async () => {
      const made = await upload()
      const { body } = await backend.call('POST', `/${kind}/${made.id}/clone`)
      const [copy] = [body].flat()
      assert.notEqual(copy.files.folder, made.files.folder)
      await backend.call('PUT', `/${kind}/${copy.id}/update_file`, { path: 'index.html', data: 'copy' })
      assert.deepEqual([await file(made.id, 'index.html'), await file(copy.id, 'index.html')], [PAGE, 'copy'])
    })
    it('stay with archived ones, and go when the archive is cleaned', async () => {
      const [used, unused] = [await upload(), await upload()]
      const campaign = await backend.create('campaigns', { name: 'c', alias: `used${kind}` })
      const members = kind === 'offers' ? { offers: [{ offer_id: used.id }] } : { landings: [{ landing_id: used.id }] }
      await backend.create('streams', { campaign_id: campaign.id, type: 'regular', schema: 'landings', ...members })
      for (const { id } of [used, unused]) {
        assert.equal((await backend.call('DELETE', `/${kind}/${id}`)).status, 200)
        assert.equal(await file(id, 'index.html'), PAGE)
      }
      assert.deepEqual((await backend.call('POST', `/${kind}/clean_archive`)).body, {
        success: true,
        deleted: 1,
        kept: 1,
      })
      assert.equal((await backend.call('GET', `/${kind}/${unused.id}`)).status, 404)
      assert.equal(await backend.files.list(unused.files), null)
      assert.equal(await file(used.id, 'index.html'), PAGE)
    })
    it('go out as ZIP and come back the same', async () => {
      const { id } = await upload()
      const reply = await backend.app.inject({
        url: `/admin_api/v1/${kind}/${id}/download`,
        headers: { 'api-key': TEST_KEY },
      })
      assert.match(String(reply.headers['content-type']), /^application\/octet-stream/)
      const again = await backend.create(kind, { name: 'Again', archive: base64(reply.rawPayload) })
      assert.deepEqual(await structure(again.id), await structure(id))
      assert.equal(await file(again.id, 'index.html'), PAGE)
    })
    it('are previewed in a sandbox, macros as written', async () => {
      const made = await upload()
      const reply = await backend.app.inject({
        url: `/admin_api/v1/${kind}/${made.id}/preview`,
        headers: { 'api-key': TEST_KEY },
      })
      assert.match(reply.body, new RegExp(`<head><base href="/lander/${made.files.folder}/~${made.files.version}/">`))
      assert.match(reply.body, /<a href="\{offer\}">/)
      const csp = String(reply.headers['content-security-policy'])
      assert.match(csp, /^sandbox allow-scripts;/)
      assert.doesNotMatch(csp, /allow-same-origin/)
      const stranger = await backend.app.inject({ url: `/admin_api/v1/${kind}/${made.id}/preview` })
      assert.equal(stranger.statusCode, 401)
    })
    it('are needed before visitors may be sent there', async () => {
      const { id } = await backend.create(kind, { name: 'No files', [type]: 'local', action_payload: 'x' })
      const campaign = await backend.create('campaigns', { name: 'c', alias: `c${kind}${id}` })
      const members =
        kind === 'offers' ? { offers: [{ offer_id: id, share: 100 }] } : { landings: [{ landing_id: id, share: 100 }] }
      const stream = { campaign_id: campaign.id, type: 'regular', schema: 'landings', ...members }
      const refused = await backend.call('POST', '/streams', stream)
      assert.equal(refused.status, 406)
      assert.match(JSON.stringify(refused.body), /has no files yet: upload them as a ZIP archive/)
      await backend.call('PUT', `/${kind}/${id}`, { archive: base64(SITE) })
      assert.equal((await backend.call('POST', '/streams', stream)).status, 200)
    })

    /** Odd and harmless: a file system and a URL can name them. */
    const ODD = [7.5, '~', "'; DROP TABLE offers --", '%2e%2e', '<script>', '{{7*7}}', 'CON', '\u202e.html', 'ü ü']
    const BAD = [
      undefined,
      null,
      '',
      ' ',
      {},
      ['a'],
      '../x',
      'a/../../x',
      '/etc/passwd',
      'C:\\x',
      'a\\b',
      'a\0',
    ].concat([
      '.hidden',
      'a/.b',
      'a//b',
      'a/',
      './a',
      ' a',
      'a\n',
      'x'.repeat(300),
      `${'a/'.repeat(30)}b`,
      'index.html/x',
      'x.php',
      '\ud800',
    ])
    const WRITES = [
      ['POST', 'add_file'],
      ['PUT', 'update_file'],
      ['DELETE', 'remove_file'],
    ] as const
    it('refuse every bad path with words, and change nothing', async () => {
      const made = await upload()
      for (const path of BAD) {
        for (const [method, name] of [['GET', 'get_file'] as const, ...WRITES]) {
          const { status, body } = await backend.call(method, `/${kind}/${made.id}/${name}`, { path, data: 'x' })
          const isRefused = status === 404 ? /There is no file/.test(body.error) : status === 406 && body.path?.[0]
          assert.ok(isRefused, `${name} ${JSON.stringify(path)}: ${status} ${JSON.stringify(body)}`)
        }
      }
      assert.deepEqual((await backend.call('GET', `/${kind}/${made.id}`)).body, made)
    })
    it('take odd paths as they are', async () => {
      const { id } = await upload()
      const before = await structure(id)
      for (const path of ODD) {
        for (const [method, name] of [WRITES[0], WRITES[1], ['GET', 'get_file'] as const, WRITES[2]]) {
          const { status, body } = await backend.call(method, `/${kind}/${id}/${name}`, { path, data: 'x' })
          assert.equal(status, 200, `${name} ${path} ${JSON.stringify(body)}`)
        }
      }
      assert.deepEqual(await structure(id), before)
    })
    it('refuse bad content, bad archives and unknown ids', async () => {
      const made = await upload()
      const before = await structure(made.id)
      for (const data of [null, {}, [], true, undefined]) {
        const { status, body } = await backend.call('PUT', `/${kind}/${made.id}/update_file`, {
          path: 'css/a.css',
          data,
        })
        assert.deepEqual([status, Object.keys(body)], [406, ['data']], JSON.stringify(data))
      }
      const bad: readonly (readonly [unknown, RegExp])[] = [
        [7, /must be a ZIP/],
        [true, /must be a ZIP/],
        [{}, /must be a ZIP/],
        ['häh', /must be a ZIP/],
        ['UEsDBA==', /cannot be read as ZIP/],
        [base64(zipOf({ 'a.css': '' })), /no index\.html at its top\. It holds a\.css/],
        [base64(zipOf({ 'a.html': '', 'b.html': '' })), /It holds the pages a\.html, b\.html/],
        [base64(zipOf({})), /holds no files/],
        [base64(zipOf({ 'index.html': 'x'.repeat(1_100_000) })), /longer than/],
        [base64(zipOf({ 'index.html': '{a}'.repeat(2001) })), /2001 places that look like macros/],
        [base64(makeZip([{ name: '../x' }])), /stay inside/],
      ]
      for (const [archive, words] of bad) {
        for (const [method, path] of [
          ['POST', `/${kind}`],
          ['PUT', `/${kind}/${made.id}`],
        ] as const) {
          const { status, body } = await backend.call(method, path, { name: 'Bad', archive })
          assert.equal(status, 406, JSON.stringify([archive, body]))
          assert.match(body.archive[0], words)
        }
      }
      const png = await backend.call('GET', `/${kind}/${made.id}/get_file?path=logo.png`)
      assert.deepEqual([png.status, Object.keys(png.body)], [406, ['path']])
      const index = await backend.call('DELETE', `/${kind}/${made.id}/remove_file`, { path: 'index.html' })
      assert.match(index.body.path[0], /cannot be removed/)
      assert.deepEqual(await structure(made.id), before)
      assert.equal(
        (await backend.call('GET', `/${kind}`)).body.some((one: { name: string }) => one.name === 'Bad'),
        false,
      )
      for (const id of ['0', '999999', 'x', '-1', '1e3', '1%27', '99999999999999999999']) {
        for (const [method, name] of [
          ...WRITES,
          ...['get_file', 'get_structure', 'download', 'preview'].map((one) => ['GET', one] as const),
        ]) {
          const { status } = await backend.call(method, `/${kind}/${id}/${name}`, { path: 'a.txt', data: '' })
          assert.equal(status, 404, `${name} ${id}`)
        }
      }
      const draft = await backend.create(kind, { name: 'Without files' })
      for (const name of ['get_file', 'download', 'preview'])
        assert.match((await backend.call('GET', `/${kind}/${draft.id}/${name}?path=x`)).body.error, /has no files/)
    })
    it('may be longer than other bodies, up to a limit', async () => {
      const noise = Buffer.from(Array.from({ length: 150_000 }, () => Math.floor(Math.random() * 256)))
      const archive = base64(
        makeZip([
          { name: 'index.html', content: '' },
          { name: 'x', content: noise, isStored: true },
        ]),
      )
      assert.equal((await backend.call('POST', `/${kind}`, { name: 'Long', archive })).status, 200)
      const { status, body } = await backend.call('POST', `/${kind}`, { name: 'Long', archive: 'A'.repeat(2_000_001) })
      assert.deepEqual([status, body], [413, { error: 'The body is larger than 2000000 bytes.' }])
      assert.equal((await backend.call('POST', '/campaigns', { name: 'x'.repeat(100_001) })).status, 413)
    })
  })
}

it('files that are on no disk are an answer, and uploading mends it', async () => {
  const made = await backend.create('landing_pages', { name: 'Lost', archive: base64(SITE) })
  await backend.files.remove(made.files)
  for (const name of ['get_file?path=index.html', 'get_structure', 'download', 'preview']) {
    const { status, body } = await backend.call('GET', `/landing_pages/${made.id}/${name}`)
    assert.equal(status, 503)
    assert.match(body.error, /cannot be read\. Upload them again/)
  }
  assert.equal((await backend.call('PUT', `/landing_pages/${made.id}`, { archive: base64(SITE) })).status, 200)
  assert.equal((await backend.call('GET', `/landing_pages/${made.id}/get_structure`)).status, 200)
})

it('files of a copy that is refused do not stay', async () => {
  const network = await backend.create('affiliate_networks', { name: 'Gone' })
  const offer = await backend.create('offers', {
    name: 'Refused copy',
    archive: base64(SITE),
    affiliate_network_id: network.id,
  })
  await backend.call('DELETE', `/affiliate_networks/${network.id}`)
  const written: string[] = []
  const { write } = backend.files
  Object.assign(backend.files, {
    write: async (...given: Parameters<typeof write>) => {
      written.push(given[0])
      return write(...given)
    },
  })
  const { status } = await backend.call('POST', `/offers/${offer.id}/clone`)
  Object.assign(backend.files, { write })
  assert.equal(status, 406)
  assert.equal(written.length, 1)
  const [folder = ''] = written
  assert.equal(await backend.files.list({ folder, version: '.' }), null)
})
