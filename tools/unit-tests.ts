/**
 * Runs the unit tests in two processes, half of the files each: the small machines they run on have two cores, and a
 * process for every file would spend more time on starting than on testing. Usage: npm run test:unit [-- pattern…]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

const HALVES = 2
const given = process.argv.slice(2)
const patterns = given.length > 0 ? given : ['packages/*/src/**/*.test.ts']

async function run(half: number): Promise<number> {
  const options = ['--test', '--test-isolation=none', `--test-shard=${half}/${HALVES}`]
  const [code] = await once(spawn(process.execPath, [...options, ...patterns], { stdio: 'inherit' }), 'exit')
  return typeof code === 'number' ? code : 1
}

const codes = await Promise.all(Array.from({ length: HALVES }, (_, index) => run(index + 1)))
process.exitCode = Math.max(...codes)
