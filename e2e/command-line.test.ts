import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { pathsOf } from '../packages/server/src/paths.ts'
import { openSqliteConfigStore } from '../packages/server/src/stores/config/sqlite.ts'
import { runToEnd } from './harness.ts'

const dir = mkdtempSync(join(tmpdir(), 'trackyard-cli-'))
after(() => rmSync(dir, { recursive: true, force: true }))

const fileOf = (path: string): string => fileURLToPath(new URL(`../packages/server/${path}`, import.meta.url))

/** A data directory that Trackyard was started on once. */
async function installation(name: string): Promise<string> {
  const dataDir = join(dir, name)
  mkdirSync(dataDir)
  const store = await openSqliteConfigStore(pathsOf(dataDir).config)
  await store.close()
  return dataDir
}

const linesOf = (output: string): string[] => output.trim().split('\n')

/** Runs a script with Node and answers what it printed and its exit code. */
function runScript(node: string, script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(node, [script, ...args], {
    env: { PATH: process.env.PATH, TRACKYARD_DATA_DIR: join(dir, 'unused'), ...env },
    encoding: 'utf8',
    timeout: 20_000,
  })
  return { code: status, output: stdout + stderr }
}

/** A Node of before 24 on this machine, if there is one. */
const oldNode = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .find(
    (path) =>
      existsSync(path) && /^v(?:1\d|2[0-3])\./.test(spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout),
  )

describe('the command line', { timeout: 120_000 }, () => {
  it('makes, lists and revokes keys', async () => {
    const data = await installation('keys')
    const trackyard = (...args: string[]) => runToEnd(data, args, {})
    const made = await trackyard(
      'keys',
      'create',
      'n8n',
      '--read-only',
      '--dialect',
      'modern',
      '--expires',
      '2090-01-01',
    )
    assert.match(made.output, /^[0-9a-f]{48}\n$/)
    const list = linesOf((await trackyard('keys', 'list')).output)
    assert.match(list[0] ?? '', /^ID +NAME +OWNER +KEY +DIALECT +LAST USE \(UTC\) +EXPIRES \(UTC\) +READ-ONLY$/)
    assert.match(list[1] ?? '', /^1 +n8n +admin +[0-9a-f]{6}… +modern +never +2090-01-01 00:00:00 +yes$/)
    assert.equal((await trackyard('keys', 'revoke', '1')).code, 0)
    assert.equal(linesOf((await trackyard('keys', 'list')).output).length, 1)
  })

  it('makes, lists, locks out and lets in users', async () => {
    const data = await installation('users')
    const trackyard = (...args: string[]) => runToEnd(data, args, {})
    assert.match((await trackyard('users', 'create', 'ann', '--admin')).output, /^[\w-]{16}\n$/)
    assert.match((await trackyard('users', 'disable', 'ann')).output, /last active administrator/)
    assert.equal((await trackyard('users', 'create', 'bob')).code, 0)
    assert.match((await trackyard('users', 'set-password', 'bob')).output, /^[\w-]{16}\n$/)
    assert.equal((await trackyard('users', 'disable', 'bob')).code, 0)
    assert.match((await trackyard('users', 'list')).output, /^2 +bob +USER +disabled/m)
    assert.equal((await trackyard('users', 'enable', 'bob')).code, 0)
    assert.match((await trackyard('users', 'list')).output, /^2 +bob +USER +active/m)
  })

  it('explains every command, and says in one line what is wrong', async () => {
    for (const name of ['start', 'keys', 'users', 'backup', 'restore', 'check']) {
      const { code, output } = await runToEnd(dir, [name, '--help'], {})
      assert.equal(code, 0)
      assert.match(output, new RegExp(`^Usage:\\n  trackyard ${name}`))
    }
    const cases: [readonly string[], RegExp][] = [
      [['nonsense'], /no command "nonsense"/],
      [['--nonsense'], /no option "--nonsense"/],
      [['start', '--nonsense'], /'--nonsense'.*trackyard start --help/],
      [['keys', 'create'], /needs a name/],
      [['keys', 'create', 'my', 'key'], /needs quotes/],
      [['keys', 'create', 'x', '--dialect', 'old'], /dialect: must be 2017/],
      [['keys', 'create', 'x', '--user', 'nobody'], /no user nobody/],
      [['keys', 'revoke', "1' OR 1=1"], /no key with the id/],
      [['keys'], /keys list/],
      [['users', 'create'], /<login>/],
      [['users', 'disable', 'nobody'], /no user "nobody"/],
      [['check'], /TRACKYARD_PORT must be/],
    ]
    const data = await installation('wrong')
    for (const [args, expected] of cases) {
      const env: Record<string, string> = args[0] === 'check' ? { TRACKYARD_PORT: 'x' } : {}
      const { code, output } = await runToEnd(data, args, env)
      assert.equal(code, 1, args.join(' '))
      assert.match(output, expected)
      assert.equal(linesOf(output).length, 1, output)
    }
  })

  it('keys and users say that a directory holds no installation, and make none', async () => {
    const nowhere = join(dir, 'nowhere')
    for (const args of [
      ['keys', 'create', 'n8n'],
      ['keys', 'list'],
      ['keys', 'revoke', '1'],
      ['users', 'create', 'ann'],
      ['users', 'list'],
      ['users', 'disable', 'ann'],
    ]) {
      const { code, output } = await runToEnd(nowhere, args, {})
      assert.equal(code, 2, output)
      assert.match(output, /^trackyard: There is no Trackyard installation in .*nowhere: set TRACKYARD_DATA_DIR .*\n$/)
      assert.ok(!existsSync(nowhere))
    }
  })

  it('simulate and demo look before they start', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const address = taken.address()
    const port = String(typeof address === 'object' && address ? address.port : 0)
    const keys = ['--key', 'k'.repeat(20), '--postback-key', 'p']
    const cases: [string, readonly string[], RegExp][] = [
      ['simulate', ['--url', 'http://127.0.0.1:1', ...keys], /No Trackyard answers at http:\/\/127\.0\.0\.1:1/],
      ['simulate', [], /--key/],
      ['simulate', ['--visitors', 'many', ...keys], /--visitors must be a whole number/],
      ['simulate', ['--vistors', '5', ...keys], /--vistors/],
      ['simulate', ['--url', 'nowhere', ...keys], /--url must be an address/],
      ['demo', ['--clicks', 'abc'], /--clicks must be a whole number/],
      ['demo', ['--klicks', '5'], /--klicks/],
      ['demo', ['5'], /"5"/],
      ['demo', [], /another program uses that port/],
    ]
    for (const [name, args, expected] of cases) {
      const { code, output } = runScript(process.execPath, fileOf(`src/${name}/main.ts`), args, {
        TRACKYARD_PORT: port,
      })
      assert.equal(code, 2, output)
      assert.match(output, expected)
      assert.equal(linesOf(output).length, 1, output)
    }
    assert.ok(!existsSync(join(dir, 'unused')), 'no data was made')
    taken.close()
  })

  it('an older Node hands over to the packaged one, or says what is missing', { skip: !oldNode }, () => {
    const version = runScript(oldNode ?? '', fileOf('bin/trackyard.js'), ['--version'])
    assert.equal(version.code, 0, version.output)
    assert.match(version.output, /^\d+\.\d+\.\d+\n$/)
    assert.equal(runScript(oldNode ?? '', fileOf('bin/trackyard.js'), ['nonsense']).code, 1)
    cpSync(fileOf('bin'), join(dir, 'bin'), { recursive: true })
    cpSync(fileOf('package.json'), join(dir, 'package.json'))
    assert.ok(readdirSync(join(dir, 'bin')).includes('trackyard.js'))
    const alone = runScript(oldNode ?? '', join(dir, 'bin', 'trackyard.js'), ['start'])
    assert.equal(alone.code, 1)
    assert.match(alone.output, /^trackyard: needs Node 24 or newer; this is .* run npm ci\.\n$/)
  })
})
