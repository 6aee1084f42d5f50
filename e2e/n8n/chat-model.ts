import { createServer, type IncomingMessage } from 'node:http'
import { z } from 'zod'
import { freePort } from '../harness.ts'

const request = z.object({
  messages: z.array(z.object({ role: z.string(), content: z.unknown() }).loose()),
  tools: z
    .array(
      z.object({
        function: z.object({
          name: z.string(),
          description: z.string().optional(),
          parameters: z.object({ properties: z.record(z.string(), z.unknown()) }).loose(),
        }),
      }),
    )
    .optional(),
})
type ChatRequest = z.output<typeof request>

/** A chat model that understands nothing: it calls the one tool it is given with fixed arguments, then says what came. */
export class ChatModel {
  readonly requests: ChatRequest[] = []
  readonly url: string
  readonly #server

  static async start(args: object): Promise<ChatModel> {
    const model = new ChatModel(await freePort(), args)
    await new Promise<void>((resolve) => model.#server.listen(Number(new URL(model.url).port), '127.0.0.1', resolve))
    return model
  }

  /** Use `start`. */
  constructor(port: number, args: object) {
    this.url = `http://127.0.0.1:${port}/v1`
    this.#server = createServer(async (incoming, response) => {
      const asked = request.parse(JSON.parse(await textOf(incoming)))
      this.requests.push(asked)
      const told = asked.messages.findLast(({ role }) => role === 'tool')
      const name = asked.tools?.[0]?.function.name ?? ''
      const call = { id: 'call_1', type: 'function', function: { name, arguments: JSON.stringify(args) } }
      const message = told
        ? { role: 'assistant', content: `The tracker says ${String(told.content)}` }
        : { role: 'assistant', content: null, tool_calls: [call] }
      response.setHeader('Content-Type', 'application/json')
      response.end(
        JSON.stringify({
          id: 'chat-1',
          object: 'chat.completion',
          created: 1,
          model: 'fixed',
          choices: [{ index: 0, message, finish_reason: told ? 'stop' : 'tool_calls' }],
          usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
        }),
      )
    })
  }

  stop(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of incoming) text += String(chunk)
  return text
}
