import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'

const project = fileURLToPath(new URL('../', import.meta.url))

it('the published package is plain JavaScript with types and needs nothing', async () => {
  const out = mkdtempSync(join(tmpdir(), 'trackyard-client-'))
  try {
    const tsc = fileURLToPath(import.meta.resolve('typescript/package.json')).replace('package.json', 'bin/tsc')
    execFileSync(process.execPath, [tsc, '-p', join(project, 'tsconfig.build.json'), '--outDir', out])
    const files = readdirSync(out, { recursive: true }).map(String)
    assert.ok(files.includes('index.js') && files.includes('index.d.ts'))
    assert.ok(files.every((file) => !file.includes('.test.')))
    for (const file of files.filter((name) => name.endsWith('.js'))) {
      const imports = [...readFileSync(join(out, file), 'utf8').matchAll(/from '([^']+)'/g)].map(
        (match) => match[1] ?? '',
      )
      for (const from of imports) assert.match(from, /^\.\.?\/[\w./-]+\.js$/, `${file} imports ${from}`)
    }
    const built: unknown = await import(pathToFileURL(join(out, 'index.js')).href)
    assert.ok(typeof built === 'object' && built !== null && 'createClient' in built && 'each' in built)
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
  const described: unknown = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
  assert.ok(typeof described === 'object' && described !== null && !('dependencies' in described))
})
