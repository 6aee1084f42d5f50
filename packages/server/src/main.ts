import packageInfo from '../package.json' with { type: 'json' }
import { readArguments } from './cli/arguments.ts'
import { commands } from './cli/commands.ts'
import { exitWith } from './cli/exit-with.ts'
import { commandHelp, generalHelp } from './cli/help.ts'
import { ConfigError, describeConfig, readConfig, unknownVariables } from './config.ts'
import { pathsOf } from './paths.ts'
import { EXIT_CONFIG } from './supervisor/child.ts'

const isManaged = process.send !== undefined

/** Runs one command; the exit code is the answer. */
export async function main(argv: readonly string[], entry: string): Promise<number> {
  const env = process.env
  const [first = '--help', ...args] = argv
  if (first === '--print-config') return print(describeConfig(env))
  if (first === '--version') return print(packageInfo.version)
  const asksForHelp = args.includes('--help') || args.includes('-h')
  const name = first === 'help' ? (args[0] ?? first) : first
  if (name === 'help' || name === '--help' || name === '-h') return print(generalHelp(commands))
  const command = commands.find((candidate) => candidate.name === name)
  if (!command)
    throw new ConfigError(`There is no ${name.startsWith('-') ? 'option' : 'command'} "${name}". Try trackyard --help.`)
  if (first === 'help' || asksForHelp) return print(commandHelp(command))
  if (args.includes('--print-config')) return print(describeConfig(env))
  // The supervisor has said it already.
  for (const misspelt of isManaged ? [] : unknownVariables(env)) {
    process.stderr.write(`trackyard: ${misspelt} is no setting of this version; trackyard --print-config lists them.\n`)
  }
  const given = readArguments(args, command.options ?? {}, `trackyard ${name} --help`)
  const config = readConfig(env)
  return command.run({ config, paths: pathsOf(config.dataDir), entry, env, ...given })
}

/** main() with its failures turned into one clear line and an exit code. */
export const runMain = (argv: readonly string[], entry: string): Promise<never> =>
  exitWith(() => main(argv, entry), process.env, { expected: isManaged ? EXIT_CONFIG : 1, unexpected: 1 })

function print(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}
