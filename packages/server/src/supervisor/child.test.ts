import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { Log } from '../log.ts'
import { EXIT_CONFIG, keepAlive } from './child.ts'

const dir = mkdtempSync(join(tmpdir(), 'trackyard-child-'))
after(() => rmSync(dir, { recursive: true, force: true }))

/** Runs a script until it was refused or ended `times` times; answers the pauses before it was started again. */
async function watch(script: string, times: number): Promise<{ pauses: unknown[]; isRefused: boolean }> {
  const entry = join(dir, 'script.mjs')
  writeFileSync(entry, script)
  const pauses: unknown[] = []
  const done = Promise.withResolvers<boolean>()
  const silent = (): void => undefined
  const log: Log = {
    debug: silent,
    info: silent,
    error: silent,
    warn(_message, fields) {
      pauses.push(fields?.inMs)
      if (pauses.length === times) done.resolve(false)
    },
  }
  const child = keepAlive({
    name: 'store',
    entry,
    args: [],
    execArgv: [],
    env: {},
    log,
    onMessage: silent,
    onChange: silent,
    onRefused: () => done.resolve(true),
  })
  const isRefused = await done.promise
  await child.stop(1000)
  return { pauses, isRefused }
}

describe('keepAlive', () => {
  it('starts what ended again at once, and then with growing pauses', async () => {
    assert.deepEqual((await watch('process.exit(1)', 3)).pauses, [0, 50, 100])
  })

  it('gives up on a process that cannot work with its configuration, but not on one that has worked', async () => {
    assert.deepEqual(await watch(`process.exit(${EXIT_CONFIG})`, 2), { pauses: [], isRefused: true })
    const worked = `process.send({}, () => process.exit(${EXIT_CONFIG}))`
    assert.equal((await watch(worked, 2)).isRefused, false)
  })
})
