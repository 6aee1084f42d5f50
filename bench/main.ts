/** Runs benchmarks and prints what docs/benchmarks.md shows. Usage: npm run bench -- [--small] [name…] */
import { parseArgs } from 'node:util'
import { benchmarks } from './lib/benchmarks.ts'
import { toMarkdown } from './lib/report.ts'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { small: { type: 'boolean' } } })
const unknown = positionals.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name))
if (unknown.length > 0) {
  const known = benchmarks.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join('\n')
  process.stderr.write(`There is no benchmark ${unknown.join(', ')}. There are:\n${known}\n`)
  process.exit(2)
}
for (const benchmark of benchmarks) {
  if (positionals.length > 0 && !positionals.includes(benchmark.name)) continue
  process.stderr.write(`${benchmark.name}: ${benchmark.about} …\n`)
  process.stdout.write(`${toMarkdown(await benchmark.run({ small: values.small ?? false }))}\n\n`)
}
