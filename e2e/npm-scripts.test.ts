import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from './harness.ts'
import { send } from './http.ts'
import { processesOn, signal } from './processes.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const START_MS = 45_000
const STOP_MS = 15_000

const dataDir = mkdtempSync(join(tmpdir(), 'trackyard-npm-'))
after(async () => {
  for (const { pid } of processesOn(dataDir)) signal(pid, 'SIGKILL')
  await until('every process has ended', async () => processesOn(dataDir).length === 0, STOP_MS)
  rmSync(dataDir, { recursive: true, force: true })
})

const npmRun = (args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess =>
  spawn('npm', ['run', ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TRACKYARD_DATA_DIR: dataDir, ...env },
    stdio: 'ignore',
  })

async function until(what: string, isSo: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs
  while (!(await isSo())) {
    assert.ok(performance.now() < giveUpAt, `not within ${timeoutMs} ms: ${what}`)
    await sleep(50)
  }
}

/** Ends npm as a service manager or a script does: by a signal to npm alone. */
async function endsEverything(npm: ChildProcess): Promise<void> {
  const ended = once(npm, 'exit')
  npm.kill('SIGTERM')
  await ended
  await until('nothing is left running', async () => processesOn(dataDir).length === 0, STOP_MS)
}

describe('--help', () => {
  for (const script of ['fuzz-api', 'fuzz-clicks', 'test:n8n'])
    it(`of ${script} says how it is used and starts nothing`, () => {
      const said = spawnSync('npm', ['run', '--silent', script, '--', '--help'], { cwd: ROOT, encoding: 'utf8' })
      assert.deepEqual([said.status, said.stderr], [0, ''])
      assert.match(said.stdout, new RegExp(`^npm run ${script} -- \\[\\w+\\]`))
    })
})

describe('SIGTERM to npm', { timeout: 120_000 }, () => {
  it('ends the demo and frees its port', async () => {
    const port = await freePort()
    const npm = npmRun(['demo', '--', '--clicks', '50', '--days', '1'], { TRACKYARD_PORT: String(port) })
    const base = new URL(`http://127.0.0.1:${port}`)
    const isServing = async (): Promise<boolean> => (await send(base, '/healthz')).status === 200
    await until('the demo serves', isServing, START_MS)
    await endsEverything(npm)
    const listener = createServer().listen(port, '127.0.0.1')
    await once(listener, 'listening')
    listener.close()
  })

  it('ends a simulation', async () => {
    // A server that never answers keeps it waiting.
    const sockets: Socket[] = []
    const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const asked = once(server, 'connection')
    const keys = ['--key', 'k'.repeat(20), '--postback-key', 'postback']
    const npm = npmRun(['simulate', '--', '--url', `http://127.0.0.1:${port}`, ...keys])
    await asked
    await endsEverything(npm)
    for (const socket of sockets) socket.destroy()
    server.close()
  })
})
