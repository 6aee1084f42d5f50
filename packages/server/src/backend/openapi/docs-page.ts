import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { sessionTokenOf } from '../auth/sessions.ts'
import { docsPage, docsScript, docsStyle } from './docs-assets.ts'

/** Scripts and styles are files of ours; styles also stand in attributes, which the viewer writes. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

interface Asset {
  readonly type: string
  read(): string | Buffer
}

const viewer = (name: string, type: string): Asset => ({
  type,
  read: () => readFileSync(join(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'), '..', name)),
})
const own = (type: string, text: string): Asset => ({ type, read: () => text })

const SCRIPT = 'text/javascript; charset=utf-8'
const STYLE = 'text/css; charset=utf-8'
const assets: Readonly<Record<string, Asset>> = {
  '/docs.js': own(SCRIPT, docsScript),
  '/docs.css': own(STYLE, docsStyle),
  '/viewer.js': viewer('swagger-ui-bundle.js', SCRIPT),
  '/viewer.css': viewer('swagger-ui.css', STYLE),
}

/** The pages under `path` to read and try the API. They are public and say nothing: the description itself needs a key or session. */
export function registerDocs(app: FastifyInstance, path: string): void {
  app.get(path, async ({ headers }, reply) =>
    reply
      .headers({ 'content-security-policy': POLICY })
      .type('text/html; charset=utf-8')
      .send(docsPage(sessionTokenOf(headers.cookie) !== '')),
  )
  for (const [name, asset] of Object.entries(assets)) {
    let content: string | Buffer | undefined
    app.get(`${path}${name}`, async (_request, reply) => {
      content ??= asset.read()
      return reply
        .headers({ 'content-security-policy': POLICY, 'cache-control': 'no-cache' })
        .type(asset.type)
        .send(content)
    })
  }
}
