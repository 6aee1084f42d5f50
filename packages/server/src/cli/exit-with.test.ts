import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { it } from 'node:test'

const LETTERS = 300_000
const script = `
import { exitWith } from ${JSON.stringify(new URL('./exit-with.ts', import.meta.url).href)}
await exitWith(async () => (process.stdout.write('x'.repeat(${LETTERS})), 3), {}, { expected: 1, unexpected: 1 })`

const run = (command: string) =>
  spawnSync('sh', ['-c', command, 'sh', process.execPath, script], { encoding: 'utf8', maxBuffer: 1e7 })

it('a command prints all it has to say into a pipe before it ends', () => {
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  })
  assert.deepEqual([stdout.length, status], [LETTERS, 3])
  const { stdout: counted } = run('"$1" --input-type=module --eval "$2" | (sleep 0.3; wc -c)')
  assert.equal(Number(counted), LETTERS)
})
it('a reader that goes away ends a command without complaint', () => {
  const { stdout, stderr } = run('"$1" --input-type=module --eval "$2" | head -c 5')
  assert.deepEqual([stdout, stderr], ['xxxxx', ''])
})
