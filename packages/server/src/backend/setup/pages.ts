import type { Result } from '@trackyard/core/result.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from '../auth/passwords.ts'
import type { Backend } from '../context.ts'
import type { Input } from '../http/read-body.ts'
import { loadSecrets } from '../secrets.ts'
import { type FieldProblems, setupForm } from './form.ts'
import { type Html, html, page } from './html.ts'
import { nextSteps } from './next-steps.ts'
import { completeSetup, isSetUp, isSetupToken } from './setup-link.ts'

/** The pages under `/admin`: what is here, and the one-time setup. */
export function registerPages(
  app: FastifyInstance,
  { configStore, clock, snapshotPublisher }: Backend,
  inputOf: (request: FastifyRequest) => Promise<Result<Input>>,
): void {
  const show = (reply: FastifyReply, status: number, title: string, content: Html) =>
    reply.code(status).type('text/html; charset=utf-8').send(page(title, content))
  const showRefusal = async (reply: FastifyReply) =>
    show(
      reply,
      403,
      'Setup',
      (await isSetUp(configStore))
        ? html`<p>This link was used already or is not valid, and none is needed: an administrator exists. <a href="/admin/">Go on to Trackyard</a>.</p>
<p>On the server, <code>npx trackyard keys create &lt;name&gt;</code> makes an API key, and <code>npx trackyard users set-password admin</code> gives a new password.</p>`
        : html`<p>This link was used already or is not valid. No administrator exists yet: every start of Trackyard prints a new link.</p>`,
    )
  const showForm = (reply: FastifyReply, token: string, problems: FieldProblems) =>
    show(reply, Object.keys(problems).length > 0 ? 400 : 200, 'Set up Trackyard', setupForm(token, problems))

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
    return (await isSetupToken(configStore, token)) ? showForm(reply, token, {}) : showRefusal(reply)
  })

  app.post('/admin/setup', async (request, reply) => {
    const input = await inputOf(request)
    const fields = input.ok ? input.value : {}
    const token = textOf(fields, 'token')
    const password = textOf(fields, 'password')
    if (!(await isSetupToken(configStore, token))) return showRefusal(reply)
    const problems = checkPasswords(password, textOf(fields, 'password_repeat'))
    if (Object.keys(problems).length > 0) return showForm(reply, token, problems)
    const done = await completeSetup(configStore, token, password, clock.nowMs())
    if (!done.ok) return showRefusal(reply)
    snapshotPublisher.changed()
    const { postbackKey } = await loadSecrets(configStore)
    const base = `${request.protocol}://${request.host}`
    return show(reply, 200, 'Trackyard is set up', nextSteps(base, done.value, postbackKey))
  })
}

function checkPasswords(password: string, repeated: string): FieldProblems {
  if (password.length < MIN_PASSWORD_LENGTH) return { password: `Use at least ${MIN_PASSWORD_LENGTH} characters.` }
  if (password.length > MAX_PASSWORD_LENGTH) return { password: `Use at most ${MAX_PASSWORD_LENGTH} characters.` }
  return password === repeated ? {} : { password_repeat: 'This is not the same as above. Type both again.' }
}

function textOf(fields: unknown, name: string): string {
  if (typeof fields !== 'object' || fields === null) return ''
  const value: unknown = Object.entries(fields).find(([key]) => key === name)?.[1]
  return typeof value === 'string' ? value : ''
}
