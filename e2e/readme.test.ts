import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { startYard, type Yard } from './harness.ts'

/** The keys that README names. */
const KEYS = { TRACKYARD_API_KEY: 'choose-a-long-secret', TRACKYARD_POSTBACK_KEY: 'my-postback-key' }

let yard: Yard
const directory = mkdtempSync(join(tmpdir(), 'trackyard-readme-'))
before(async () => {
  yard = await startYard({ env: { TRACKYARD_LOG_LEVEL: 'warn', ...KEYS } })
})
after(async () => {
  await yard?.dispose()
  rmSync(directory, { recursive: true })
})

it('every command of README works when it is pasted, in their order', { timeout: 120_000 }, () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const blocks = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block)
  const pasted = blocks
    .filter((block) => /^(call|curl) /m.test(block))
    .join('\n')
    .replaceAll('http://127.0.0.1:8080', yard.base.origin)
    .replaceAll('/tmp/', `${directory}/`)
  assert.ok(pasted.includes('update_costs'))
  // Whatever is refused ends the script, with the words of the refusal.
  const script = `set -e -o pipefail\ncurl() { command curl --fail-with-body "$@"; }\n${pasted}`
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
  assert.equal(status, 0, `${stdout}\n${stderr}`)
  const [promised = ''] = /"clicks":1,"sales":1[^`]*/.exec(readme) ?? []
  assert.ok(promised !== '' && stdout.includes(promised), stdout)
})
