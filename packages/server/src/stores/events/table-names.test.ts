import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'

const places = ['../../../../core/src/report', '../../backend'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
)

// A statement that names the table itself would not show changes of many clicks that are not carried out yet.
it('statements of reports, logs and routes take their tables from tables.ts or clicksTable', () => {
  const found = places.flatMap((dir) =>
    readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('tables.ts'))
      .filter((name) => /FROM clicks\b|conversions FINAL/.test(readFileSync(join(dir, name), 'utf8'))),
  )
  assert.deepEqual(found, [])
})
