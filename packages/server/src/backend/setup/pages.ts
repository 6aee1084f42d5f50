import type { Result } from '@trackyard/core/result.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from '../auth/passwords.ts'
import type { Backend } from '../context.ts'
import type { Input } from '../http/read-body.ts'
import { type Html, html, page } from './html.ts'
import { completeSetup, isSetUp, isSetupToken } from './setup-link.ts'

/** The pages under `/admin`: what is here, and the one-time setup. */
export function registerPages(
  app: FastifyInstance,
  { configStore, clock, snapshotPublisher }: Backend,
  inputOf: (request: FastifyRequest) => Promise<Result<Input>>,
): void {
  const show = (reply: FastifyReply, status: number, title: string, content: Html) =>
    reply.code(status).type('text/html; charset=utf-8').send(page(title, content))
  const showRefusal = (reply: FastifyReply) =>
    show(
      reply,
      403,
      'Setup',
      html`<p>This link was used already or is not valid. While no administrator exists, every start of Trackyard prints a new one.</p>`,
    )
  const showForm = (reply: FastifyReply, status: number, token: string, problem: string) =>
    show(
      reply,
      status,
      'Setup',
      html`<p>Choose a password for the user <code>admin</code>. You will get an API key in return.</p>
${problem === '' ? '' : html`<p class="problem">${problem}</p>`}
<form method="post" action="/admin/setup">
<input type="hidden" name="token" value="${token}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="${String(MIN_PASSWORD_LENGTH)}" maxlength="${String(MAX_PASSWORD_LENGTH)}" required autofocus>
<button>Save</button>
</form>`,
    )

  app.get('/admin', async (_request, reply) =>
    show(
      reply,
      200,
      'Trackyard',
      html`<p>The Admin API answers at <code>/admin_api/v1</code>; send your key in the header <code>Api-Key</code>.</p>
<p>${(await isSetUp(configStore)) ? 'An administrator is set up.' : 'No administrator is set up yet: open the link that was printed at start.'}</p>`,
    ),
  )

  app.get('/admin/setup', async (request, reply) => {
    const token = textOf(request.query, 'token')
    return (await isSetupToken(configStore, token)) ? showForm(reply, 200, token, '') : showRefusal(reply)
  })

  app.post('/admin/setup', async (request, reply) => {
    const input = await inputOf(request)
    const fields = input.ok ? input.value : {}
    const [token, password] = [textOf(fields, 'token'), textOf(fields, 'password')]
    if (!(await isSetupToken(configStore, token))) return showRefusal(reply)
    if (password.length < MIN_PASSWORD_LENGTH || password.length > MAX_PASSWORD_LENGTH) {
      return showForm(
        reply,
        400,
        token,
        `The password must be ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters long.`,
      )
    }
    const done = await completeSetup(configStore, token, password, clock.nowMs())
    if (!done.ok) return showRefusal(reply)
    snapshotPublisher.changed()
    return show(
      reply,
      200,
      'Setup is done',
      html`<p>This is your API key. It is shown only now; keep it safe.</p>
<p><code>${done.value}</code></p>
<p>Try it: <code>curl -H 'Api-Key: …' ${request.protocol}://${request.host}/admin_api/v1/campaigns</code></p>`,
    )
  })
}

function textOf(fields: unknown, name: string): string {
  if (typeof fields !== 'object' || fields === null) return ''
  const value: unknown = Object.entries(fields).find(([key]) => key === name)?.[1]
  return typeof value === 'string' ? value : ''
}
