import { createHash } from 'node:crypto'
import { fail, ok, problem } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { everyone } from '../auth/access.ts'
import { DIALECTS, type Dialect, isDialect } from '../dialect/dialect.ts'
import type { Route } from '../route.ts'
import { createDocument, type OpenApiDocument } from './document.ts'

interface Published {
  readonly document: OpenApiDocument
  readonly etag: string
}

/** The route that describes all routes, itself included; `all` is asked once somebody wants to see it. */
export function openApiRoute(all: () => readonly Route[]): Route {
  const published = new Map<string, Published>()
  const publish = (dialect: Dialect, validationStatus: number): Published => {
    const key = `${dialect} ${validationStatus}`
    const known = published.get(key)
    if (known) return known
    const document = createDocument(all(), { dialect, validationStatus })
    const etag = `"${createHash('sha256').update(JSON.stringify(document)).digest('base64url').slice(0, 27)}"`
    const made = { document, etag }
    published.set(key, made)
    return made
  }
  return {
    method: 'GET',
    path: '/openapi.json',
    description: 'This description of the Admin API, as an OpenAPI 3.1 document',
    access: everyone('read'),
    accepts: z.object({
      dialect: z.enum(DIALECTS).default('modern').describe('Dialect whose answers are described.'),
    }),
    answers: z.looseObject({
      openapi: z.literal('3.1.0').describe('Version of OpenAPI.'),
      info: z.record(z.string(), z.unknown()).describe('What is described.'),
      paths: z.record(z.string(), z.unknown()).describe('Operations by path and method.'),
      components: z.record(z.string(), z.unknown()).describe('Schemas and answers that several operations share.'),
    }),
    async handle({ input, http }, { settings }) {
      const dialect = input.dialect ?? 'modern'
      if (!isDialect(dialect)) return fail(problem('validation', `must be ${DIALECTS.join(' or ')}`, 'dialect'))
      const { document, etag } = publish(dialect, settings.validationStatus)
      // It changes with the version only: clients ask whether theirs is still the newest.
      http.setHeader('cache-control', 'private, no-cache')
      http.setHeader('etag', etag)
      return ok(document)
    },
  }
}
