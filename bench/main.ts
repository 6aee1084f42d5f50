/** Runs benchmarks and prints what docs/benchmarks.md shows. */
import { parseArgs } from 'node:util'
import { benchmarks } from './lib/benchmarks.ts'
import { toMarkdown } from './lib/report.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { small: { type: 'boolean' }, help: { type: 'boolean' } },
})
const known = benchmarks.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join('\n')
if (values.help) {
  process.stdout.write(
    `npm run bench -- [--small] [name…]\n\nAll of them unless named; --small takes seconds each and proves only that they run.\n${known}\n`,
  )
  process.exit(0)
}
const unknown = positionals.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name))
if (unknown.length > 0) {
  process.stderr.write(`There is no benchmark ${unknown.join(', ')}. There are:\n${known}\n`)
  process.exit(2)
}
for (const benchmark of benchmarks) {
  if (positionals.length > 0 && !positionals.includes(benchmark.name)) continue
  process.stderr.write(`${benchmark.name}: ${benchmark.about} …\n`)
  process.stdout.write(`${toMarkdown(await benchmark.run({ small: values.small ?? false }))}\n\n`)
}
