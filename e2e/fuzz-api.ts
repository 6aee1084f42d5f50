import { fuzzApi } from './fuzz/fuzz.ts'

/** `npm run fuzz-api [requests] [seed]`: throws good and bad requests at the Admin API and tells what broke. */
const [count = '20000', seed = '1'] = process.argv.slice(2)
if (![count, seed].every((text) => /^\d+$/.test(text))) {
  process.stdout.write('npm run fuzz-api -- [requests] [seed]\n')
  process.exit(count === '--help' ? 0 : 2)
}
const startedAt = performance.now()
const { requests, byStatus, findings } = await fuzzApi(Number(count), Number(seed))
for (const { number, request, wrong } of findings) process.stdout.write(`\n#${number} ${request}\n  ${wrong}\n`)
const statuses = [...byStatus].toSorted(([a], [b]) => a - b).map(([status, times]) => `${status}: ${times}`)
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
process.stdout.write(
  `\n${requests} requests in ${seconds} s, seed ${seed}; ${statuses.join(', ')}\n${findings.length} findings\n`,
)
process.exitCode = findings.length > 0 ? 1 : 0
