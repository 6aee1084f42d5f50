import { readFileSync, writeFileSync } from 'node:fs'
import { actions } from '@trackyard/core/actions/index.ts'
import { filters } from '@trackyard/core/filters/index.ts'
import { macros } from '@trackyard/core/macros/index.ts'
import type { MacroDef } from '@trackyard/core/macros/macro.ts'
import { conversionMacros } from '@trackyard/core/postbacks/macros.ts'
import { dimensions } from '@trackyard/core/report/dimensions.ts'
import { metrics } from '@trackyard/core/report/metrics.ts'
import { type VariableDef, variables } from './config-table.ts'

/**
 * Writes the pages of docs/generated from the registries. With `--check` it writes nothing and fails when a page is
 * not what the registries say.
 */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n')
const code = (text: string): string => `\`${text}\``
const macroTable = (all: Readonly<Record<string, Pick<MacroDef, 'aliases' | 'help'>>>): string =>
  table(
    ['Macro', 'Also', 'Meaning'],
    Object.entries(all).map(([key, { aliases = [], help }]) => [
      code(`{${key}}`),
      aliases.map((alias) => code(`{${alias}}`)).join(' '),
      help,
    ]),
  )

const pages: Readonly<Record<string, string>> = {
  'configuration.md': `# Settings\n\nEvery setting is an environment variable. \`NAME_FILE\` may name a file that holds the value instead.\n\n${table(
    ['Variable', 'Default', 'Meaning'],
    Object.values<VariableDef>(variables).map((one) => [
      code(one.key),
      one.fallback ? code(one.fallback) : 'none',
      one.help,
    ]),
  )}\n`,
  'filters.md': `# Filters\n\n${table(
    ['Key', 'Name', 'Meaning'],
    Object.entries(filters).map(([key, def]) => [code(key), def.label, def.help]),
  )}\n`,
  'actions.md': `# Actions\n\n${table(
    ['Key', 'Name', 'Meaning'],
    Object.entries(actions).map(([key, def]) => [code(key), def.label, def.help]),
  )}\n`,
  'macros.md': `# Macros\n\n\`{name}\` is escaped for where it stands, \`{_name}\` is raw.\n\n${macroTable(macros)}\n\n## In postbacks to others\n\nBesides those above, or in place of them. Amounts are in the currency of the postback.\n\n${macroTable(conversionMacros)}\n`,
  'metrics.md': `# Metrics\n\n${table(
    ['Name', 'Title', 'Unit', 'Meaning'],
    Object.entries(metrics).map(([key, def]) => [code(key), def.label, def.unit, def.help]),
  )}\n`,
  'dimensions.md': `# Dimensions\n\nA report may be grouped by these; those marked \`list\` stand in logs only.\n\n${table(
    ['Name', 'Use', 'Meaning'],
    Object.entries(dimensions).map(([key, def]) => [code(key), def.use, def.help]),
  )}\n`,
}

const directory = new URL('../../../docs/generated/', import.meta.url)
const isCheck = process.argv.includes('--check')
let stale = 0
for (const [name, text] of Object.entries(pages)) {
  const file = new URL(name, directory)
  if (!isCheck) writeFileSync(file, text)
  else if (readOrEmpty(file) !== text) {
    process.stderr.write(`docs/generated/${name} is out of date: run npm run generate\n`)
    stale++
  }
}
process.exitCode = stale > 0 ? 1 : 0

function readOrEmpty(file: URL): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
