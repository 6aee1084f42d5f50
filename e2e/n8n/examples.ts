import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { PACKAGE } from './folders.ts'
import type { N8n, WorkflowNode } from './n8n.ts'

const workflow = z.object({
  name: z.string(),
  nodes: z.array(
    z.object({ name: z.string(), type: z.string(), parameters: z.record(z.string(), z.unknown()) }).loose(),
  ),
  connections: z.unknown(),
})

const FOLDER = join(PACKAGE, 'examples')
export const EXAMPLES = readdirSync(FOLDER)

/** Saves an example with the credential filled in; what needs the outside is given here, by the name of the node. */
export function saveExample(
  n8n: N8n,
  file: string,
  credentials: object,
  instead: Readonly<Record<string, Partial<WorkflowNode>>> = {},
): Promise<{ id: string; saved: unknown }> {
  const { nodes, connections } = workflow.parse(JSON.parse(readFileSync(join(FOLDER, file), 'utf8')))
  const ready = nodes.map((node) => ({
    ...node,
    ...(node.type === 'n8n-nodes-keitaro.keitaro' ? { credentials } : {}),
    // Nobody waits for the clock, and no mail is sent.
    ...(node.type === 'n8n-nodes-base.scheduleTrigger'
      ? { type: 'n8n-nodes-base.manualTrigger', parameters: {}, typeVersion: 1 }
      : {}),
    ...(node.type === 'n8n-nodes-base.emailSend'
      ? { type: 'n8n-nodes-base.set', typeVersion: 3.4, parameters: mailAsFields(node.parameters) }
      : {}),
    ...instead[node.name],
  }))
  return n8n.workflow(ready, connections)
}

/** Subject and text of a mail as fields of an item. */
const mailAsFields = (mail: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
  assignments: {
    assignments: ['subject', 'text'].map((name) => ({ id: name, name, type: 'string', value: mail[name] })),
  },
  options: {},
})
