import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { freePort } from '../harness.ts'
import type { Items } from './cases.ts'
import { buildPackage, installPackage, n8nHost } from './folders.ts'

const START_MS = 180_000
const RUN_MS = 60_000
export const OWNER = { email: 'owner@example.com', password: 'Passw0rd-e2e' }

const withId = z.object({ data: z.object({ id: z.string() }).loose() })
const execution = z.object({ data: z.object({ status: z.string(), data: z.string() }).loose() })
const runs = z.object({
  resultData: z.object({
    error: z.object({ message: z.string() }).loose().optional(),
    runData: z.record(
      z.string(),
      z.array(
        z.object({
          error: z.object({ message: z.string() }).loose().optional(),
          data: z
            .object({ main: z.array(z.array(z.object({ json: z.record(z.string(), z.unknown()) })).nullable()) })
            .partial()
            .optional(),
        }),
      ),
    ),
  }),
})

export interface WorkflowNode {
  readonly name: string
  readonly type: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly [more: string]: unknown
}

interface Named {
  readonly id: string
  readonly name: string
}

/** A whole n8n, headless, with the package installed as its users install it. */
export class N8n {
  readonly folder = mkdtempSync(join(tmpdir(), 'trackyard-n8n-real-'))
  readonly #require = createRequire(join(n8nHost(), 'node_modules/n8n/package.json'))
  base = ''
  output = ''
  #process: ChildProcess | null = null
  #cookie = ''

  static async start(): Promise<N8n> {
    const n8n = new N8n()
    mkdirSync(join(n8n.folder, '.n8n'), { recursive: true })
    installPackage(buildPackage(join(n8n.folder, 'built')), n8n.folder)
    try {
      await n8n.#start(await freePort())
      return n8n
    } catch (error) {
      // One that did not come up would keep the test waiting for ever.
      await n8n.stop()
      throw error
    }
  }

  async #start(port: number): Promise<void> {
    this.base = `http://127.0.0.1:${port}`
    const started = spawn(process.execPath, [join(n8nHost(), 'node_modules/n8n/bin/n8n'), 'start'], {
      env: { PATH: process.env.PATH, HOME: this.folder, ...this.#environment(port, await freePort()) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = started
    // Tests that end before they could stop it leave nothing behind.
    process.once('exit', () => started.kill('SIGKILL'))
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString('utf8')))
    await this.#until('n8n is ready', START_MS, async () => {
      if (started.exitCode !== null) throw new Error(`n8n ended while it started.\n${this.output}`)
      return (await fetch(`${this.base}/healthz/readiness`).catch(() => null))?.status === 200
    })
    const response = await this.#fetch('POST', '/rest/login', {
      emailOrLdapLoginId: OWNER.email,
      password: OWNER.password,
    })
    this.#cookie = response.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';')[0])
      .join('; ')
  }

  /** Ends it, by force with SIGKILL, and starts it again with what it had stored. */
  async restart(
    signal: 'SIGTERM' | 'SIGKILL',
    meanwhile: () => Promise<unknown> = async () => undefined,
  ): Promise<void> {
    await this.#end(signal)
    await meanwhile()
    await this.#start(Number(new URL(this.base).port))
  }

  #environment(port: number, brokerPort: number): Record<string, string> {
    const off = (...names: string[]) => Object.fromEntries(names.map((name) => [`N8N_${name}`, 'false']))
    return {
      N8N_USER_FOLDER: this.folder,
      N8N_ENCRYPTION_KEY: 'e2e-key',
      N8N_LISTEN_ADDRESS: '127.0.0.1',
      N8N_HOST: '127.0.0.1',
      N8N_PORT: String(port),
      N8N_RUNNERS_BROKER_PORT: String(brokerPort),
      N8N_DISABLED_MODULES: 'mcp-registry,mcp,insights,chat-hub,instance-ai,agents,workflow-builder',
      N8N_INSTANCE_OWNER_MANAGED_BY_ENV: 'true',
      N8N_INSTANCE_OWNER_EMAIL: OWNER.email,
      N8N_INSTANCE_OWNER_PASSWORD_HASH: this.#require('bcryptjs').hashSync(OWNER.password, 10),
      ...off('SECURE_COOKIE', 'DIAGNOSTICS_ENABLED', 'VERSION_NOTIFICATIONS_ENABLED', 'DYNAMIC_BANNERS_ENABLED'),
      ...off('PERSONALIZATION_ENABLED', 'TEMPLATES_ENABLED', 'VERIFIED_PACKAGES_ENABLED', 'LICENSE_AUTO_RENEW_ENABLED'),
      ...off('PYTHON_ENABLED'),
    }
  }

  async #fetch(method: string, path: string, body?: unknown): Promise<Response> {
    const send = () =>
      fetch(this.base + path, {
        method,
        headers: { 'Content-Type': 'application/json', 'browser-id': 'e2e', Cookie: this.#cookie },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
    // Busy for seconds, as when it loads what agents need, n8n closes a connection at the moment it is used again.
    return method === 'GET' ? send().catch(send) : send()
  }

  /** A call as the editor makes it; rejects with n8n's words. */
  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await this.#fetch(method, path, body)
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 2000)}`)
    return text === '' ? null : JSON.parse(text)
  }

  /** Saves a credential of the tracker and answers how nodes name it. */
  async credential(domain: string, apiKey: string): Promise<{ keitaroApi: Named }> {
    return { keitaroApi: await this.secret('keitaroApi', { domain, apiKey }) }
  }

  /** Saves a credential of any type. */
  async secret(type: string, data: object): Promise<Named> {
    const name = type === 'keitaroApi' ? 'Keitaro account' : type
    const made = await this.call('POST', '/rest/credentials', { name, type, data })
    return { id: withId.parse(made).data.id, name }
  }

  /** Saves a workflow: nodes in a row, the first one starts it. */
  async workflow(nodes: readonly WorkflowNode[], connections?: unknown): Promise<{ id: string; saved: unknown }> {
    const placed = nodes.map((node, at) => ({ id: randomUUID(), typeVersion: 1, position: [at * 220, 0], ...node }))
    const inARow = Object.fromEntries(
      nodes
        .slice(0, -1)
        .map(({ name }, at) => [name, { main: [[{ node: nodes[at + 1]?.name, type: 'main', index: 0 }]] }]),
    )
    const made = withId.parse(
      await this.call('POST', '/rest/workflows', {
        name: 'Keitaro',
        nodes: placed,
        connections: connections ?? inARow,
        settings: { executionOrder: 'v1' },
      }),
    )
    return { id: made.data.id, saved: made.data }
  }

  /** Runs a saved workflow by hand and answers the items of a node, or what went wrong. */
  async run(
    workflow: { id: string; saved: unknown },
    node: string,
    start = 'Start',
  ): Promise<{ items: Items; error: string | null; stored: string }> {
    const begun = z.object({ data: z.object({ executionId: z.string() }) }).parse(
      await this.call('POST', `/rest/workflows/${workflow.id}/run`, {
        workflowData: workflow.saved,
        triggerToStartFrom: { name: start },
      }),
    )
    return this.outcome(begun.data.executionId, node)
  }

  /** Waits for an execution and reads what a node put out. */
  async outcome(executionId: string, node: string): Promise<{ items: Items; error: string | null; stored: string }> {
    let stored = ''
    await this.#until('the execution is done', RUN_MS, async () => {
      const { status, data } = execution.parse(await this.call('GET', `/rest/executions/${executionId}`)).data
      stored = data
      return !['new', 'running', 'waiting'].includes(status)
    })
    const { resultData } = runs.parse(this.#require('flatted').parse(stored))
    const last = resultData.runData[node]?.at(-1)
    return {
      items: (last?.data?.main?.[0] ?? []).map(({ json }) => json),
      error: last?.error?.message ?? resultData.error?.message ?? null,
      stored,
    }
  }

  /** Ids of the executions of a workflow, the oldest first. */
  async executions(workflowId: string): Promise<string[]> {
    const filter = encodeURIComponent(JSON.stringify({ workflowId }))
    const answer = z
      .object({ data: z.object({ results: z.array(z.object({ id: z.string() })) }) })
      .parse(await this.call('GET', `/rest/executions?filter=${filter}&limit=50`))
    return answer.data.results.map(({ id }) => id).reverse()
  }

  /** What the nodes of a workflow remember, as n8n has it in its database; empty when it has nothing. */
  remembered(workflowId: string): string {
    const database = new DatabaseSync(join(this.folder, '.n8n/database.sqlite'), { readOnly: true })
    try {
      const row = database.prepare('SELECT staticData FROM workflow_entity WHERE id = ?').get(workflowId)
      return String(row?.staticData ?? '')
    } finally {
      database.close()
    }
  }

  async activate(workflow: { id: string; saved: unknown }): Promise<void> {
    const { versionId } = z.object({ versionId: z.string() }).parse(workflow.saved)
    await this.call('POST', `/rest/workflows/${workflow.id}/activate`, { versionId })
  }

  deactivate(workflow: { id: string }): Promise<unknown> {
    return this.call('POST', `/rest/workflows/${workflow.id}/deactivate`, {})
  }

  async #until(what: string, timeoutMs: number, isSo: () => Promise<boolean>): Promise<void> {
    const giveUpAt = performance.now() + timeoutMs
    while (!(await isSo())) {
      if (performance.now() > giveUpAt)
        throw new Error(`Not within ${timeoutMs} ms: ${what}.\n${this.output.slice(-4000)}`)
      await sleep(60)
    }
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM')
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const running = this.#process
    if (running?.exitCode !== null || running.signalCode !== null) return
    const exit = once(running, 'exit')
    running.kill(signal)
    if ((await Promise.race([exit, sleep(15_000, null, { ref: false })])) !== null) return
    running.kill('SIGKILL')
    await exit
  }
}
