import { eitherOf } from '@trackyard/core/plain-words.ts'
import { type Problem, problem } from '@trackyard/core/result.ts'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { MAX_HEADER_BYTES } from '../http-limits.ts'
import { refusal } from './auth/access.ts'
import { type Actor, dialectOf, stranger } from './auth/actor.ts'
import { createAuthenticator } from './auth/authenticate.ts'
import { createIpAllowList } from './auth/ip-allow-list.ts'
import { withinReach } from './auth/reach.ts'
import { sessionTokenOf } from './auth/sessions.ts'
import { createThrottle } from './auth/throttle.ts'
import { registerBatch } from './batch/register.ts'
import type { Backend, BackendSettings } from './context.ts'
import { chooseDialect, DIALECT_HEADER } from './dialect/dialect.ts'
import { answerProblems } from './http/answer.ts'
import { parseForm } from './http/form.ts'
import { createHints, HINT_HEADER } from './http/hints.ts'
import { createLostParameterFinder } from './http/lost-parameter.ts'
import { createMethodFinder } from './http/other-methods.ts'
import { RawAnswer } from './http/raw-answer.ts'
import { type Input, readBody } from './http/read-body.ts'
import { securityHeaders } from './http/security-headers.ts'
import { unknownFieldHints } from './http/unknown-fields.ts'
import { registerDocs } from './openapi/docs-page.ts'
import { idOf, type Route } from './route.ts'
import { routes } from './routes.ts'
import { registerPages } from './setup/pages.ts'

export const API_BASE = '/admin_api/v1'
/** What somebody who is not logged in may send. */
const PUBLIC_BODY_BYTES = 16_384

/** The Admin API and the admin pages, ready to listen or to inject requests into. */
export async function createBackend(backend: Backend): Promise<FastifyInstance> {
  const { settings, clock } = backend
  const authenticate = createAuthenticator(backend.configStore, settings.apiKey)
  const contentTypes = new WeakMap<FastifyRequest, string>()
  const actors = new WeakMap<FastifyRequest, Actor>()
  const throttle = createThrottle()
  const mayUse = createIpAllowList(backend.configStore)
  const publicRoutes = new Set(
    routes.filter(({ access }) => access.for === 'public').map(({ method, path }) => `${method} ${API_BASE}${path}`),
  )

  const lostParameter = createLostParameterFinder(routes)
  const { methodsOf, isWrittenOut } = createMethodFinder(routes)
  const nothingAt = (request: FastifyRequest): Problem => {
    const path = pathOf(request)
    const below = path.slice(API_BASE.length)
    const methods = methodsOf(below).filter((method) => method !== request.method)
    const cure = lostParameter(request.method, below) ?? (methods.length > 0 ? `use ${eitherOf(methods)}` : null)
    return problem('not_found', `There is nothing at ${request.method} ${path}${cure === null ? '' : `: ${cure}`}.`)
  }

  const refuse = (reply: FastifyReply, ...problems: readonly Problem[]): FastifyReply => {
    const { status, body } = answerProblems(problems, settings.validationStatus)
    return reply.code(status).send(body)
  }

  const app = Fastify({
    bodyLimit: settings.bodyLimitBytes,
    // The tracker adds a little to what it lets through.
    http: { maxHeaderSize: MAX_HEADER_BYTES + 4096 },
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
    // The supervisor asks for what is internal; everything else is the admin side.
    const ip = addressOf(request)
    if (request.url.startsWith('/internal/') || (await mayUse(ip))) return
    const words = `The admin side may not be used from ${ip}: the setting admin_ip_whitelist does not list this address.`
    return refuse(reply, problem('forbidden', words))
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  app.setNotFoundHandler((request, reply) =>
    refuse(reply, problem('not_found', `There is nothing at ${request.method} ${pathOf(request)}.`)),
  )
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
    if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
      return refuse(
        reply,
        problem(
          'too_large',
          `The body is larger than ${request.routeOptions.bodyLimit ?? settings.bodyLimitBytes} bytes.`,
        ),
      )
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
      const ip = addressOf(request)
      if (publicRoutes.has(`${request.method} ${request.routeOptions.url}`)) {
        actors.set(request, stranger(ip))
        return
      }
      const actor = await authenticate({ method: request.method, headers: request.headers, ip }, clock.nowMs())
      if (!actor.ok) return refuse(reply, ...actor.problems)
      actors.set(request, actor.value)
    })
    for (const route of routes) {
      const endsInId = /:(\w+_)?id$/.test(route.path)
      api.route({
        method: route.method,
        url: `${API_BASE}${route.path}`,
        bodyLimit: bodyLimitOf(route, settings),
        handler: async (request, reply) => {
          const actor = actors.get(request)
          if (!actor) throw new Error('A request reached a handler without an actor')
          // Doubled slashes count as one, which must not make another request of it.
          const below = pathOf(request).slice(API_BASE.length)
          if (below.includes('//') && lostParameter(route.method, below)) return refuse(reply, nothingAt(request))
          // What ends a path that is there for another method is no id; logs and settings have names of their own.
          if (endsInId && isWrittenOut(below)) return refuse(reply, nothingAt(request))
          const body = await inputOf(request)
          if (!body.ok) return refuse(reply, ...body.problems)
          const input: Input = { ...asRecord(request.query), ...body.value }
          const dialect = chooseDialect(request.headers[DIALECT_HEADER], dialectOf(actor), settings.apiDialect)
          if (!dialect.ok) return refuse(reply, ...dialect.problems)
          // Clients learn from it that they talk to Trackyard and were understood.
          reply.header(DIALECT_HEADER, dialect.value)
          const params = asParams(request.params)
          const refused = await refusal(route.access, actor, idOf({ params }), backend.configStore)
          if (refused) return refuse(reply, refused)
          const reach = route.access.for === 'public' ? backend : withinReach(backend, actor)
          const http = {
            setHeader: (name: string, value: string) => void reply.header(name, value),
            isHttps: /^https:/i.test(request.headers.origin ?? ''),
            sessionToken: sessionTokenOf(request.headers.cookie),
            throttle,
          }
          const hints = createHints()
          for (const sentence of unknownFieldHints(route, input)) hints.add(sentence)
          const result = await route.handle(
            { params, input, actor, dialect: dialect.value, http, hint: hints.add },
            reach,
          )
          if (hints.list.length > 0) reply.header(HINT_HEADER, hints.list)
          if (result.ok && result.value instanceof RawAnswer) {
            const { contentType, headers, body } = result.value
            return reply.headers(headers).type(contentType).send(body)
          }
          const etag = reply.getHeader('etag')
          if (result.ok && etag !== undefined && request.headers['if-none-match'] === etag)
            return reply.code(304).send()
          return result.ok
            ? reply.type('application/json').send(result.value === undefined ? '' : JSON.stringify(result.value))
            : refuse(reply, ...result.problems)
        },
      })
    }
    // In here, for it is for those who may use the API.
    const { bodyLimitBytes, validationStatus } = settings
    registerBatch(api, { apiBase: API_BASE, bodyLimitBytes, validationStatus, addressOf, refuse })
    // In here, so that strangers cannot tell which paths exist.
    api.all(`${API_BASE}/*`, (request, reply) => refuse(reply, nothingAt(request)))
  })
  registerPages(app, backend, inputOf)
  registerDocs(app, `${API_BASE}/docs`)
  return app
}

const bodyLimitOf = (route: Route, settings: BackendSettings): number =>
  route.access.for === 'public'
    ? PUBLIC_BODY_BYTES
    : route.isUpload
      ? Math.min(settings.uploadLimitBytes, route.maxBodyBytes ?? Number.POSITIVE_INFINITY)
      : settings.bodyLimitBytes

/** The tracker in front says who the client is; over its socket nobody else comes in. */
const addressOf = ({ socket, headers }: FastifyRequest): string =>
  socket.remoteAddress ?? [headers['x-forwarded-for']].flat()[0] ?? ''

const pathOf = (request: FastifyRequest): string => (request.url.split('?')[0] ?? '').slice(0, 200)

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {}

const asParams = (value: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(asRecord(value)).map(([key, param]) => [key, String(param)]))
