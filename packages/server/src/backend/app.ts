import { fail, type Problem, problem } from '@trackyard/core/result.ts'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { type Actor, createAuthenticator, keyOf } from './auth/api-keys.ts'
import type { Backend } from './context.ts'
import { answerProblems } from './http/answer.ts'
import { parseForm } from './http/form.ts'
import { type Input, readBody } from './http/read-body.ts'
import { securityHeaders } from './http/security-headers.ts'
import { routes } from './routes.ts'
import { registerPages } from './setup/pages.ts'

export const API_BASE = '/admin_api/v1'

/** The Admin API and the admin pages, ready to listen or to inject requests into. */
export async function createBackend(backend: Backend): Promise<FastifyInstance> {
  const { settings, clock } = backend
  const authenticate = createAuthenticator(backend.configStore, settings.apiKey)
  const contentTypes = new WeakMap<FastifyRequest, string>()
  const actors = new WeakMap<FastifyRequest, Actor>()

  const refuse = (reply: FastifyReply, ...problems: readonly Problem[]): FastifyReply => {
    const { status, body } = answerProblems(problems, settings.validationStatus)
    return reply.code(status).send(body)
  }

  const app = Fastify({
    bodyLimit: settings.bodyLimitBytes,
    routerOptions: {
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
      querystringParser: parseForm,
      maxParamLength: 300,
    },
    exposeHeadRoutes: false,
    frameworkErrors: (_error, _request, reply: FastifyReply) => {
      reply.headers(securityHeaders).code(400).send({ error: 'The address cannot be read.' })
    },
  })
  // Clients send JSON bodies with GET (reference admin-api §1.2).
  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true })

  // Bodies say what they are better than their content type does, so the framework does not get to see it.
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders)
    contentTypes.set(request, request.headers['content-type'] ?? '')
    delete request.raw.headers['content-type']
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  app.setNotFoundHandler((request, reply) =>
    refuse(reply, problem('not_found', `There is nothing at ${request.method} ${pathOf(request)}.`)),
  )
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
    if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
      return refuse(reply, problem('too_large', `The body is larger than ${settings.bodyLimitBytes} bytes.`))
    }
    const status = error.statusCode ?? 500
    if (status >= 400 && status < 500) return reply.code(status).send({ error: error.message })
    backend.logError?.('a request failed', {
      method: request.method,
      path: pathOf(request),
      error: error.stack ?? error.message,
    })
    return reply.code(500).send({ error: 'Something went wrong on our side. The log of the server tells what.' })
  })

  const inputOf = (request: FastifyRequest) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    return readBody(body, contentTypes.get(request) ?? '')
  }

  await app.register(async (api) => {
    // Before the body is read: strangers may not make the server buffer megabytes.
    api.addHook('onRequest', async (request, reply) => {
      const actor = await authenticate(keyOf(request.headers), clock.nowMs())
      if (actor) actors.set(request, actor)
      else return refuse(reply, problem('unauthorized', 'A valid API key is needed in the header Api-Key.'))
    })
    for (const route of routes) {
      api.route({
        method: route.method,
        url: `${API_BASE}${route.path}`,
        handler: async (request, reply) => {
          const body = await inputOf(request)
          if (!body.ok) return refuse(reply, ...body.problems)
          const actor = actors.get(request)
          if (!actor) throw new Error('A request reached a handler without an actor')
          const input: Input = { ...asRecord(request.query), ...body.value }
          const result = await route.handle({ params: asParams(request.params), input, actor }, backend)
          return result.ok
            ? reply.type('application/json').send(JSON.stringify(result.value))
            : refuse(reply, ...result.problems)
        },
      })
    }
    // In here, so that strangers cannot tell which paths exist.
    api.all(`${API_BASE}/*`, (request, reply) =>
      refuse(
        reply,
        ...fail(problem('not_found', `There is nothing at ${request.method} ${pathOf(request)}.`)).problems,
      ),
    )
  })
  registerPages(app, backend, inputOf)
  return app
}

const pathOf = (request: FastifyRequest): string => (request.url.split('?')[0] ?? '').slice(0, 200)

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {}

const asParams = (value: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(asRecord(value)).map(([key, param]) => [key, String(param)]))
