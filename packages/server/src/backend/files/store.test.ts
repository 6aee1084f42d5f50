import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { createFileStore } from './store.ts'

const root = mkdtempSync(join(tmpdir(), 'trackyard-store-'))
const store = createFileStore(root)
after(() => {
  store.close()
  rmSync(root, { recursive: true, force: true })
})
const text = (content: string): Buffer => Buffer.from(content)

describe('the store of files', () => {
  it('keeps versions apart, and shares what did not change', async () => {
    const one = await store.write('f', async ({ put }) => {
      await put('a/b.txt', text('1'))
      await put('c.txt', text('c'))
    })
    const two = await store.write('f', async ({ take, put }) => {
      await take({ folder: 'f', version: one }, ['c.txt'])
      await put('a/b.txt', text('2'))
    })
    const read = async (version: string, path: string) => String(await store.read({ folder: 'f', version }, path))
    assert.deepEqual([await read(one, 'a/b.txt'), await read(two, 'a/b.txt')], ['1', '2'])
    await store.remove({ folder: 'f', version: one })
    assert.equal(await read(two, 'c.txt'), 'c')
    assert.deepEqual(await store.list({ folder: 'f', version: two }), ['a/b.txt', 'c.txt'])
    assert.equal(await store.list({ folder: 'f', version: one }), null)
    assert.equal(await store.read({ folder: 'f', version: two }, 'a'), null)
    assert.equal(await store.read({ folder: 'f', version: two }, 'a/b.txt', 0), null)
    await store.remove({ folder: 'f', version: two })
    assert.deepEqual(readdirSync(root), [])
  })
  it('leaves nothing behind when writing ends half-way', async () => {
    await assert.rejects(
      store.write('g', async ({ put }) => {
        await put('a', text('1'))
        throw new Error('enough')
      }),
      /enough/,
    )
    await assert.rejects(store.write('g', ({ take }) => take({ folder: 'none', version: 'x' }, ['a'])))
    assert.deepEqual(readdirSync(root), [])
  })
  it('sweeps what nothing names', async () => {
    const put = (folder: string) => store.write(folder, ({ put: write }) => write('a', text('1')))
    const [live, old] = [await put('h'), await put('h')]
    await put('gone')
    await store.sweep([{ folder: 'h', version: live }])
    assert.deepEqual([readdirSync(root), readdirSync(join(root, 'h'))], [['h'], [live]])
    assert.notEqual(live, old)
  })
  it('does one thing after the other on one key, whatever becomes of it', async () => {
    const log: string[] = []
    const slow = (name: string, fails = false) =>
      store.inTurn('k', async () => {
        log.push(`${name} begins`)
        await new Promise((resolve) => setTimeout(resolve, 5))
        log.push(`${name} ends`)
        if (fails) throw new Error(name)
      })
    await Promise.allSettled([slow('a', true), slow('b')])
    assert.deepEqual(log, ['a begins', 'a ends', 'b begins', 'b ends'])
  })
})
