import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Items } from './cases.ts'
import { buildPackage, installPackage, n8nHost } from './folders.ts'

/** What a node did. `paired` says which input item each output item comes from. */
export interface Run {
  readonly items: Items
  readonly paired: readonly unknown[]
  readonly error: { message: string; description: string; httpCode: string; item: number | null } | null
  /** Everything that n8n would store of the run, as text. */
  readonly stored: string
}

export interface NodeToRun {
  readonly parameters: Readonly<Record<string, unknown>>
  readonly credential: { domain: string; apiKey: string }
  readonly inputs?: Items
  readonly continueOnFail?: boolean
}

const json = z.record(z.string(), z.unknown())
const nodeRun = z.object({
  data: z
    .object({ main: z.array(z.array(z.object({ json, pairedItem: z.unknown() })).nullable()) })
    .partial()
    .optional(),
  error: z
    .object({
      message: z.string(),
      description: z.string().nullish(),
      httpCode: z.string().nullish(),
      context: z.object({ itemIndex: z.number().optional() }).optional(),
    })
    .optional(),
})

/** A workflow begins at a node that the engine knows by this name. */
const START = 'n8n-nodes-base.manualTrigger'

/** The engine of n8n in this process, with the package as it would be installed. */
export class Engine {
  readonly folder = mkdtempSync(join(tmpdir(), 'trackyard-n8n-'))
  /** Where the package was built. */
  readonly built = buildPackage(join(this.folder, 'built'))
  readonly #require = createRequire(join(n8nHost(), 'node_modules/n8n-core/package.json'))
  readonly #core = this.#require('n8n-core')
  readonly #workflow = this.#require('n8n-workflow')
  #loader = this.#core

  static async start(): Promise<Engine> {
    const engine = new Engine()
    await engine.#load()
    return engine
  }

  async #load(): Promise<void> {
    this.#require('reflect-metadata')
    const installed = installPackage(this.built, this.folder)
    // The package must meet the very classes of errors that the engine knows.
    const shared = this.#require.resolve('n8n-workflow/package.json')
    symlinkSync(join(shared, '..'), join(installed, '../n8n-workflow'))
    await this.#workflow.Expression.initExpressionEngine({
      engine: 'legacy',
      bridgeTimeout: 5000,
      bridgeMemoryLimit: 64,
      poolSize: 1,
      maxCodeCacheSize: 100,
    })
    this.#loader = new this.#core.PackageDirectoryLoader(installed)
    await this.#loader.loadAll()
  }

  /** Description of a node of the package, as the editor gets it. */
  description(name: string): unknown {
    return this.#loader.getNode(name).type.description
  }

  /** The node itself, to call a method of it. */
  node(name: string): unknown {
    return this.#loader.getNode(name).type
  }

  /** Runs the node Keitaro behind a trigger that gives it these items. */
  async run(node: NodeToRun): Promise<Run> {
    for (let tries = 1; ; tries++)
      try {
        return await this.#run(node)
      } catch (error) {
        // n8n gives every check by regular expression a quarter of a second, which a busy machine may take for waking up.
        if (tries === 5 || !String(error).includes('Regular expression execution timed out')) throw error
      }
  }

  async #run({ parameters, credential, inputs = [{}], continueOnFail = false }: NodeToRun): Promise<Run> {
    const nodes = [
      { id: randomUUID(), name: 'Start', type: START, typeVersion: 1, position: [0, 0], parameters: {} },
      {
        id: randomUUID(),
        name: 'Keitaro',
        type: 'keitaro',
        typeVersion: 1,
        position: [200, 0],
        parameters,
        credentials: { keitaroApi: { id: '1', name: 'Tracker' } },
        ...(continueOnFail ? { onError: 'continueRegularOutput' } : {}),
      },
    ]
    const connections = { Start: { main: [[{ node: 'Keitaro', type: 'main', index: 0 }]] } }
    const workflow = new this.#workflow.Workflow({
      id: '1',
      name: 'Test',
      nodes,
      connections,
      active: false,
      nodeTypes: this.#nodeTypes(inputs),
    })
    const additionalData = this.#additionalData(credential, { id: '1', name: 'Test', nodes, connections })
    const done = await new this.#core.WorkflowExecute(additionalData, 'manual').run({ workflow })
    const [first] = done.data.resultData.runData.Keitaro ?? []
    const { data, error } = nodeRun.parse(first ?? {})
    const output = data?.main?.[0] ?? []
    return {
      items: output.map((item) => item.json),
      paired: output.map(({ pairedItem }) => pairedItem),
      error: error
        ? {
            message: error.message,
            description: error.description ?? '',
            httpCode: error.httpCode ?? '',
            item: error.context?.itemIndex ?? null,
          }
        : null,
      stored: JSON.stringify(done.data),
    }
  }

  #nodeTypes(inputs: Items): object {
    const start = {
      description: {
        name: START,
        group: ['trigger'],
        version: 1,
        inputs: [],
        outputs: ['main'],
        properties: [],
        defaults: {},
      },
      execute: async () => [inputs.map((item) => ({ json: item }))],
    }
    const typeOf = (name: string): unknown => (name === START ? start : this.#loader.getNode(name).type)
    return { getByName: typeOf, getByNameAndVersion: typeOf, getKnownTypes: () => ({}) }
  }

  #additionalData(credential: NodeToRun['credential'], workflowData: object): object {
    const credentialsHelper = {
      getDecrypted: async () => credential,
      authenticate: async (data: NodeToRun['credential'], _type: string, options: { headers?: object }) => ({
        ...options,
        headers: { ...options.headers, 'Api-Key': data.apiKey },
      }),
      preAuthentication: async () => undefined,
      runPreAuthentication: async () => undefined,
      getParentTypes: () => [],
      getCredentialsProperties: () => [],
      isCredentialUsableByNode: () => true,
      isCredentialTypeUsed: () => true,
    }
    return {
      credentialsHelper,
      webhookWaitingBaseUrl: 'http://127.0.0.1/webhook-waiting',
      formWaitingBaseUrl: 'http://127.0.0.1/form-waiting',
      currentNodeParameters: {},
      hooks: new this.#core.ExecutionLifecycleHooks('manual', '1', workflowData),
      setExecutionStatus: () => undefined,
      sendDataToUI: () => undefined,
      logAiEvent: () => undefined,
      variables: {},
    }
  }

  stop(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
