import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, it } from 'node:test'
import fc from 'fast-check'
import { readTar, TAR_END, TarError, tarHeader, tarPadding } from './tar.ts'

const dir = mkdtempSync(join(tmpdir(), 'trackyard-tar-'))
after(() => rmSync(dir, { recursive: true, force: true }))

type Files = readonly (readonly [name: string, content: Uint8Array])[]

const archiveOf = (files: Files): Buffer =>
  Buffer.concat([
    ...files.flatMap(([name, content]) => [tarHeader(name, content.length, 1e12), content, tarPadding(content.length)]),
    TAR_END,
  ])

async function contentOf(bytes: Uint8Array): Promise<[string, Buffer][]> {
  const path = join(dir, 'archive.tar')
  writeFileSync(path, bytes)
  const file = await open(path, 'r')
  try {
    const found: [string, Buffer][] = []
    for await (const { name, content } of readTar(file)) found.push([name, await buffer(content)])
    return found
  } finally {
    await file.close()
  }
}

const name = fc.oneof(
  fc.stringMatching(/^[\w./-]{1,300}$/),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 120 }).filter((text) => !/[\n\0]/.test(text)),
)

it('gives back every name and every byte', () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(name, fc.uint8Array({ maxLength: 1500 })), { maxLength: 6 }), async (files) => {
      const found = await contentOf(archiveOf(files))
      assert.deepEqual(
        found,
        files.map(([path, content]) => [path, Buffer.from(content)]),
      )
    }),
    { numRuns: 60 },
  ))

it('says so when an archive was cut off or is none', async () => {
  const whole = archiveOf([['a', Buffer.alloc(3000, 7)]])
  for (const length of [0, 100, 512, 2000, 3600]) {
    await assert.rejects(contentOf(whole.subarray(0, length)), TarError, String(length))
  }
  await assert.rejects(contentOf(Buffer.alloc(2048, 'x')), TarError)
})
