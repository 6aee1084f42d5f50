import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { readConfig } from '../config.ts'
import { pathsOf } from '../paths.ts'
import { check } from './check.ts'

it('what was never started is well, a snapshot that cannot be read is not', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'trackyard-check-'))
  t.after(() => rmSync(dataDir, { recursive: true }))
  const env = { TRACKYARD_DATA_DIR: dataDir }
  const context = {
    ...{ config: readConfig(env), paths: pathsOf(dataDir), entry: '', env, positionals: [] },
    ...{ text: () => '', flag: () => false },
  }
  const printed: string[] = []
  t.mock.method(process.stdout, 'write', (text: string) => printed.push(text) > 0)
  const first = await check(context)
  writeFileSync(context.paths.snapshot, 'no snapshot')
  const second = await check(context)
  t.mock.restoreAll()
  assert.deepEqual([first, second], [0, 1])
  assert.match(printed.join(''), /ok {3}snapshot: none yet, .*BAD {2}snapshot: /s)
})
