import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** `npm run test:n8n [files]`: tries the n8n package, one file of tests after the other. */
const given = process.argv.slice(2)
if (given.some((one) => one.startsWith('-'))) {
  process.stdout.write('npm run test:n8n -- [files]\n')
  process.exit(given[0] === '--help' ? 0 : 2)
}
const files = given.length > 0 ? given : ['e2e/n8n/*.test.ts']
const tests = spawn(process.execPath, ['--test', '--test-concurrency=1', ...files], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void tests.kill(signal))
const [code] = await once(tests, 'exit')
process.exitCode = typeof code === 'number' ? code : 1
