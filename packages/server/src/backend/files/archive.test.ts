import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { type ArchiveLimits, openArchive } from './archive.ts'
import { makeZip, type ZipEntry, zipOf } from './testing.ts'

const LIMITS: ArchiveLimits = { files: 20, fileBytes: 2000, totalBytes: 5000 }
const page: ZipEntry = { name: 'index.html', content: '<p>page' }

/** Everything that comes out, or the words of the refusal. */
async function unpacked(zip: Buffer, limits = LIMITS): Promise<Record<string, string> | string> {
  const opened = await openArchive(zip, limits)
  if (!opened.ok) return opened.problems.map(({ at, message }) => `${at}: ${message}`).join()
  const files: Record<string, string> = {}
  const done = await opened.value.unpack(async (path, content) => {
    files[path] = content.toString()
  })
  return done.ok ? files : done.problems.map(({ at, message }) => `${at}: ${message}`).join()
}

describe('archives', () => {
  it('come out as they went in, folders and leftovers aside', async () => {
    const zip = zipOf({
      'index.html': '<p>x',
      'img/': '',
      'img/ä.png': 'png',
      '__MACOSX/._index.html': 'x',
      '.DS_Store': 'x',
      'img/Thumbs.db': 'x',
      '.htaccess': 'deny',
      '.git/config': 'secret',
    })
    assert.deepEqual(await unpacked(zip), { 'index.html': '<p>x', 'img/ä.png': 'png' })
  })
  it('lose the folders that hold everything', async () => {
    assert.deepEqual(await unpacked(zipOf({ 'a/b/index.html': 'x', 'a/b/c/d.css': 'y', '__MACOSX/a': '' })), {
      'index.html': 'x',
      'c/d.css': 'y',
    })
  })
  it('write names in composed letters', async () => {
    assert.deepEqual(await unpacked(zipOf({ 'u\u0308.html': 'x' })), { 'ü.html': 'x' })
  })

  const bomb = deflateRawSync(Buffer.alloc(1_000_000))
  const evil: readonly [what: string, entries: readonly ZipEntry[], words: RegExp][] = [
    ['a slip', [page, { name: '../x.html' }], /"\.\.\/x\.html" must stay inside/],
    ['a slip inside', [page, { name: 'a/../../x' }], /must stay inside/],
    ['a hidden slip', [page, { name: '.x/../../../y' }], /must stay inside/],
    ['an absolute path', [page, { name: '/etc/passwd' }], /must be relative/],
    ['a drive', [page, { name: 'C:/x.html' }], /must be relative/],
    ['backslashes', [page, { name: '..\\x.html' }], /backslashes/],
    ['a control character', [page, { name: 'a\nb.html' }], /control characters/],
    ['a zero byte', [page, { name: 'a\0.html' }], /control characters/],
    ['a name that is not UTF-8', [page, { name: Buffer.from([0x61, 0xff, 0xfe]) }], /not UTF-8/],
    ['an empty name', [page, { name: '' }], /must be the path of a file/],
    ['a doubled slash', [page, { name: 'a//b' }], /names that do not begin/],
    ['too deep a path', [page, { name: `${'a/'.repeat(20)}b` }], /deeper than 20/],
    ['too long a name', [page, { name: 'x'.repeat(201) }], /bytes long/],
    ['a link', [page, { name: 'l', content: '/etc/passwd', unixMode: 0o120777 }], /"l", which is a link/],
    ['a device', [page, { name: 'd', unixMode: 0o020666 }], /link or device/],
    ['a name twice', [page, page], /"index\.html" twice/],
    ['a name twice by composing', [page, { name: 'ü' }, { name: 'u\u0308' }], /twice/],
    ['a file that is a folder, too', [page, { name: 'a' }, { name: 'a/b' }], /"a" as a file and as a folder/],
    ['encryption', [{ ...page, flags: 0x801 }], /encrypted/],
    ['PHP', [page, { name: 'a/x.PHP' }, { name: 'y.phtml' }], /PHP, which is not run here: a\/x\.PHP, y\.phtml/],
    ['a large file', [page, { name: 'x', content: 'x'.repeat(2001) }], /"x" with more than 2000 bytes/],
    ['much altogether', [1, 2, 3].map((n) => ({ name: `${n}`, content: 'x'.repeat(1900) })), /more than 5000 bytes/],
    ['a bomb', [page, { name: 'b', packed: bomb, claimedSize: 1_000_000 }], /more than 2000/],
    ['a bomb that says it is small', [page, { name: 'b', packed: bomb, claimedSize: 10 }], /cannot be read as ZIP/],
    ['content that is shorter than it says', [{ ...page, claimedSize: 99 }], /cannot be read as ZIP/],
    ['damage', [{ ...page, claimedCrc: 1 }], /damaged at "index\.html"/],
    ['packed content that is none', [{ ...page, packed: Buffer.from('nonsense') }], /cannot be read as ZIP/],
    ['many files', Array.from({ length: 21 }, (_, i) => ({ name: `${i}.html` })), /21 files: at most 20/],
    ['very many entries', Array.from({ length: 10_000 }, (_, i) => ({ name: `${i}` })), /more than 20 files/],
  ]
  for (const [what, entries, words] of evil) {
    it(`refuse ${what}`, async () => {
      const refused = await unpacked(makeZip(entries))
      assert.ok(typeof refused === 'string', `accepted as ${JSON.stringify(refused)}`)
      assert.match(refused, /^archive: The archive /)
      assert.match(refused, words)
    })
  }
  it('with more entries than the limit by far are refused at the real limit, too', async () => {
    const zip = makeZip(Array.from({ length: 10_000 }, (_, i) => ({ name: `${i}.txt` })))
    const opened = await openArchive(zip)
    assert.ok(!opened.ok)
    assert.match(opened.problems[0]?.message ?? '', /10000 files: at most 5000/)
  })
  it('that are cut anywhere or changed anywhere are refused or whole, and never crash', async () => {
    const zip = zipOf({ 'index.html': '<p>page', 'a/b.css': 'body{}' })
    const whole = await unpacked(zip)
    for (let length = 0; length < zip.length; length++)
      assert.equal(typeof (await unpacked(zip.subarray(0, length))), 'string', `cut at ${length}`)
    await fc.assert(
      fc.asyncProperty(fc.nat(zip.length - 1), fc.nat(255), async (at, value) => {
        const changed = Buffer.from(zip)
        changed[at] = value
        const result = await unpacked(changed)
        if (typeof result === 'object')
          for (const content of Object.values(result)) assert.ok(Object.values(whole).includes(content))
      }),
      { numRuns: 500 },
    )
  })
  it('may be anything at all', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array(), async (bytes) => {
        assert.match(String(await unpacked(Buffer.from(bytes))), /cannot be read as ZIP/)
      }),
    ))
})
