import { fuzzClicks } from './fuzz/clicks/run.ts'

/** `npm run fuzz-clicks [requests] [seed]`: throws good and bad requests at the tracker and tells what broke. */
const [count = '200000', seed = '1'] = process.argv.slice(2)
if (![count, seed].every((text) => /^\d+$/.test(text))) {
  process.stdout.write('npm run fuzz-clicks -- [requests] [seed]\n')
  process.exit(count === '--help' ? 0 : 2)
}
const { requests, seconds, byStatus, findings, clicks, memoryMb } = await fuzzClicks(Number(count), Number(seed))
for (const { number, request, wrong } of findings) process.stdout.write(`\n#${number} ${request}\n  ${wrong}\n`)
const statuses = [...byStatus].toSorted(([a], [b]) => a - b).map(([status, times]) => `${status}: ${times}`)
const mb = (value: number): string => `${Math.round(value)} MB`
process.stdout.write(
  `\n${requests} requests in ${seconds.toFixed(1)} s, seed ${seed}, ${clicks} of them clicks; ${statuses.join(', ')}\n` +
    `tracker memory: ${mb(memoryMb.start)} at the start, ${mb(memoryMb.half)} halfway, ${mb(memoryMb.end)} at the end, ${mb(memoryMb.peak)} at most\n` +
    `${findings.length} findings\n`,
)
process.exitCode = findings.length > 0 ? 1 : 0
