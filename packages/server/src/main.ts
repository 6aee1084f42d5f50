import { parseArgs } from 'node:util'
import packageInfo from '../package.json' with { type: 'json' }
import { commands } from './cli/commands.ts'
import { ConfigError, describeConfig, readConfig, unknownVariables } from './config.ts'
import { messageOf } from './log.ts'
import { pathsOf } from './paths.ts'
import { EXIT_CONFIG } from './supervisor/child.ts'

const isManaged = process.send !== undefined

/** Runs one command; the exit code is the answer. */
export async function main(argv: readonly string[], entry: string): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    strict: false,
    options: {
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean' },
      'print-config': { type: 'boolean' },
    },
  })
  const env = process.env
  if (values['print-config']) {
    process.stdout.write(`${describeConfig(env)}\n`)
    return 0
  }
  if (values.version) {
    process.stdout.write(`${packageInfo.version}\n`)
    return 0
  }
  const name = positionals[0] ?? 'help'
  if (values.help || name === 'help') {
    process.stdout.write(`${usage()}\n`)
    return 0
  }
  const command = commands.find((candidate) => candidate.name === name)
  if (!command) throw new ConfigError(`There is no command "${name}". Try trackyard --help.`)
  // The supervisor has said it already.
  for (const misspelt of isManaged ? [] : unknownVariables(env)) {
    process.stderr.write(`trackyard: ${misspelt} is no setting of this version; trackyard --print-config lists them.\n`)
  }
  const config = readConfig(env)
  return command.run({ config, paths: pathsOf(config.dataDir), entry, env, args: argv.slice(argv.indexOf(name) + 1) })
}

/** main() with its failures turned into one clear line and an exit code. */
export async function runMain(argv: readonly string[], entry: string): Promise<void> {
  try {
    process.exit(await main(argv, entry))
  } catch (error) {
    const isExpected = error instanceof ConfigError
    process.stderr.write(
      isExpected
        ? `trackyard: ${error.message}\n`
        : `trackyard: ${error instanceof Error ? error.stack : messageOf(error)}\n`,
    )
    process.exit(isExpected ? (isManaged ? EXIT_CONFIG : 1) : 1)
  }
}

function usage(): string {
  const width = Math.max(...commands.map((command) => command.usage.length))
  return [
    'Usage: trackyard [command]',
    '',
    ...commands.map((command) => `  ${command.usage.padEnd(width)}  ${command.help}`),
    '',
    `${'  --print-config'.padEnd(width + 4)}Show every setting, secrets masked.`,
    `${'  --version'.padEnd(width + 4)}Show the version.`,
    '',
    'Settings are environment variables; docs/generated/configuration.md lists them.',
  ].join('\n')
}
