import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { makeClick, makeMacroContext } from '../click/fixtures.ts'
import { compileAction } from './index.ts'
import { compileLocalPage, withBase } from './local-page.ts'

const FOLDER = '/lander/quiz/~1/'
const bare = (html: string): string => html.replace(/<script>addEventListener.*?<\/script>/s, '')

describe('local pages', () => {
  const cases: readonly [page: string, shown: string][] = [
    [
      '<!doctype html>\n<html lang="en"><head class=x><title>T</title>',
      `<!doctype html>\n<html lang="en"><head class=x><base href="${FOLDER}"><title>T</title>`,
    ],
    ['<p>no head at all', `<base href="${FOLDER}"><p>no head at all`],
    ['<!-- note --><!DOCTYPE html><body>', `<!-- note --><!DOCTYPE html><base href="${FOLDER}"><body>`],
    // The first base of a page counts.
    ['<head><base href="/"><img src="a.png">', `<head><base href="${FOLDER}"><base href="/"><img src="a.png">`],
    ['<head><base href="https://cdn.example/">', '<head><base href="https://cdn.example/">'],
  ]
  for (const [page, shown] of cases) test(page, () => assert.equal(bare(withBase(page, FOLDER)), shown))

  test('show macros with values escaped, links of the tracker, and scripts as they were', () => {
    const page = compileLocalPage('<a href="{offer}">{keyword}</a><script>let o = {a, b: {c}}</script>', FOLDER)
    const context = makeMacroContext({ click: makeClick({ slots: { keyword: '<b>' } }) })
    const host = context.trackerOrigin.replace(/^https?:/, '')
    assert.equal(
      bare(page(context)),
      `<base href="${host}${FOLDER}"><a href="${context.offerUrl()}">&lt;b&gt;</a><script>let o = {a, b: {c}}</script>`,
    )
  })

  test('need files with a page among them, and leave an empty page when they cannot be read', () => {
    const local = (files: { folder: string; version: string; index: string } | null) =>
      compileAction({ action_type: 'local_file', action_payload: 'anything', action_options: null, files })
    for (const files of [null, { folder: 'f', version: '1', index: '' }]) {
      const refused = local(files)
      assert.ok(!refused.ok)
      assert.equal(refused.problems[0]?.at, 'archive')
    }
    const compiled = local({ folder: 'f', version: '1', index: 'index.html' })
    assert.ok(compiled.ok)
    for (const more of [{}, { localPage: () => null }]) {
      const reply = compiled.value.run(makeMacroContext(more))
      assert.ok(reply.kind === 'page')
      assert.deepEqual([reply.status, reply.body, reply.destination], [200, '', 'Local page (unreadable)'])
    }
    const reply = compiled.value.run(makeMacroContext({ localPage: (files) => () => files.folder }))
    assert.ok(reply.kind === 'page')
    assert.deepEqual([reply.body, reply.destination], ['f', 'Local page'])
  })
})
