import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { it } from 'node:test'
import { BROWSER_NAMES, OS_NAMES } from '@trackyard/core/filters/known-names.ts'
import { z } from 'zod'
import { createDeviceParser } from './device.ts'

const NO_HINTS = {
  platform: '',
  platformVersion: '',
  model: '',
  mobile: '',
  app: '',
  browser: { name: '', version: '' },
}
const agents = z.array(z.object({ userAgent: z.string() })).parse(
  JSON.parse(
    readFileSync(
      createRequire(import.meta.url)
        .resolve('user-agents')
        .replace(/index\.c?js$/, 'user-agents.json'),
      'utf8',
    ),
  ),
)

it('every system and browser that real traffic shows is one that filters know', () => {
  const known = new Set([...OS_NAMES, ...BROWSER_NAMES].map((name) => name.toLowerCase()))
  const parser = createDeviceParser()
  const unknown = new Set<string>()
  for (const { userAgent } of agents) {
    const { os, browser } = parser.parse(userAgent, NO_HINTS).device
    for (const name of [os, browser]) if (name !== '' && !known.has(name.toLowerCase())) unknown.add(name)
  }
  assert.deepEqual([...unknown], [])
})
