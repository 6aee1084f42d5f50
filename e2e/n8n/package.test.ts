import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { buildPackage, installPackage, PACKAGE, tool } from './folders.ts'
import { generatedFiles, outdated } from './generate.ts'

const folder = mkdtempSync(join(tmpdir(), 'trackyard-n8n-'))
let built = ''
before(() => {
  built = buildPackage(join(folder, 'built'))
})
after(() => rmSync(folder, { recursive: true, force: true }))

const table = z.array(
  z.object({ value: z.string(), name: z.string(), operations: z.array(z.object({ name: z.string() })) }),
)

const described = z.record(z.string(), z.unknown())
const OLDER_RESOURCES =
  'campaign landing offer click settings user blacklist bot postback source conversion stats group stream filter log domain'.split(
    ' ',
  )
const OLDER_POSTBACK =
  'name url status trigger method lead_statuses sale_statuses rejected_statuses key currency timeout retries retry_delay campaigns countries headers params registration_statuses deposit_statuses'.split(
    ' ',
  )

describe('the package', () => {
  it('passes the lint of n8n for strict packages', () => {
    tool(built, 'lint')
  })

  it('passes both static legs of the official scan', async () => {
    const scanner = pathToFileURL(join(built, 'node_modules/@n8n/scan-community-package/scanner/scanner.mjs')).href
    const { analyzePackage, SOURCE_FILE_PATTERNS } = await import(scanner)
    const source = await analyzePackage(built, SOURCE_FILE_PATTERNS)
    assert.equal(source.passed, true, JSON.stringify(source))
    const packed = await analyzePackage(installPackage(built, folder), ['**/*.js', 'package.json'])
    assert.equal(packed.passed, true, JSON.stringify(packed))
  })

  it('describes fields and answers as the server does', () => {
    assert.deepEqual(outdated(generatedFiles(built)), [], 'run node e2e/n8n/generate.ts FOLDER')
  })

  it('has the resources of the older node, and as many actions', () => {
    const { resources } = createRequire(import.meta.url)(join(built, 'dist/nodes/Keitaro/operations/index.js'))
    const there = table.parse(resources)
    for (const value of OLDER_RESOURCES)
      assert.ok(
        there.some((one) => one.value === value),
        value,
      )
    assert.ok(there.flatMap(({ operations }) => operations).length >= 72)
  })

  it('offers every property of a postback that the older node has', () => {
    const fields = createRequire(import.meta.url)(join(built, 'dist/nodes/Keitaro/fields.generated.js'))
    const offered = Object.keys(described.parse(fields.describedFields['POST /postbacks']))
    assert.deepEqual(
      OLDER_POSTBACK.filter((name) => !offered.includes(name)),
      [],
    )
  })

  it('is published by a workflow with provenance and without a secret', () => {
    const workflow = readFileSync(join(PACKAGE, '../../.github/workflows/publish-n8n-node.yml'), 'utf8')
    assert.match(workflow, /^ {6}id-token: write$/m)
    assert.match(workflow, /working-directory: packages\/n8n-nodes-keitaro/)
    assert.match(workflow, /- run: npm run release$/m)
    assert.doesNotMatch(workflow, /secrets\./)
  })

  it('lists every action in its README', () => {
    const readme = readFileSync(join(PACKAGE, 'README.md'), 'utf8')
    const { resources } = createRequire(import.meta.url)(join(built, 'dist/nodes/Keitaro/operations/index.js'))
    for (const { name, operations } of table.parse(resources)) {
      const line = `| ${name} | ${operations.map((one) => one.name).join(', ')} |`
      assert.ok(readme.includes(line), `missing in README.md: ${line}`)
    }
  })
})
