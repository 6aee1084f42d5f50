import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Script } from 'node:vm'
import { gunzipSync } from 'node:zlib'
import { scriptCall, scriptFile } from './sources.ts'

const NAMES = ['embed', 'page', 'tracking', 'adapter'] as const
const CLIENT = new URL('./client/', import.meta.url)

describe('scripts for visitors’ browsers', () => {
  it('are whole, small, and take no text for code', () => {
    for (const name of NAMES) {
      const { text, gzip } = scriptFile(name)
      new Script(text, { filename: name })
      assert.equal(gunzipSync(gzip).toString(), text)
      assert.ok(gzip.length < 4096, `${name}: ${gzip.length}`)
      assert.doesNotMatch(text, /\b(?:import|export|eval)\b|new Function|^\s*\/\//m, name)
      // What was imported came along.
      const source = readFileSync(new URL(`${name}.js`, CLIENT), 'utf8')
      const imported = /import \{([^}]*)\}/.exec(source)?.[1]?.match(/\w+/g) ?? []
      assert.ok(imported.length > 0, name)
      for (const helper of imported)
        assert.match(text, new RegExp(`(?:function|const) ${helper}\\b`), `${name}: ${helper}`)
    }
    assert.equal(readdirSync(CLIENT).length, NAMES.length + 1)
  })
  it('carry data that ends neither a string nor a script', () => {
    const html = `</script><!-- \u2028 " ' \\ \${x} \``
    const call = scriptCall('embed', { html })
    new Script(call)
    assert.doesNotMatch(call.slice(call.lastIndexOf(')(')), /<|\u2028/)
    assert.deepEqual(JSON.parse(call.slice(call.lastIndexOf(')(') + 2, call.lastIndexOf(')'))), { html })
  })
})
