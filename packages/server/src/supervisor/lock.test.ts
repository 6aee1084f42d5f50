import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { takeLock } from './lock.ts'

const dir = mkdtempSync(join(tmpdir(), 'trackyard-lock-'))
after(() => rmSync(dir, { recursive: true, force: true }))

/** Takes the lock at the given moment, says `won` or `lost`, and lives until its input ends. */
const contender = (path: string, atMs: number): ChildProcess =>
  spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { takeLock } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)}
       while (Date.now() < ${atMs});
       console.log(takeLock(${JSON.stringify(path)}) ? 'won' : 'lost')
       process.stdin.resume()`,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )

async function verdictOf(child: ChildProcess): Promise<string> {
  const [chunk]: unknown[] = child.stdout ? await once(child.stdout, 'data') : []
  return String(chunk).trim()
}

describe('the lock of a job', { timeout: 60_000 }, () => {
  it('is held once, released, and taken again', () => {
    const path = join(dir, 'one')
    const release = takeLock(path)
    assert.ok(release)
    assert.equal(takeLock(path), null)
    release()
    const again = takeLock(path)
    assert.ok(again)
    again()
  })

  it('goes to exactly one of ten that start in the same instant after the holder was killed', async () => {
    const path = join(dir, 'ten')
    writeFileSync(path, '')
    const holder = contender(path, 0)
    assert.equal(await verdictOf(holder), 'won')
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const atMs = Date.now() + 2500
    const children = Array.from({ length: 10 }, () => contender(path, atMs))
    const verdicts = await Promise.all(children.map(verdictOf))
    for (const child of children) child.kill('SIGKILL')
    assert.deepEqual(verdicts.sort(), [...Array.from({ length: 9 }, () => 'lost'), 'won'])
  })
})
