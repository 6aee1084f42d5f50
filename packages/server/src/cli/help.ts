import { optionHelp } from './arguments.ts'
import type { Command } from './command.ts'

/** The page that `trackyard --help` prints. */
export function generalHelp(commands: readonly Command[]): string {
  const uses = commands.flatMap(({ usage }) => usage)
  const width = widest(uses)
  return [
    'Usage: trackyard <command>',
    '',
    ...uses.map(({ line, help }) => `  ${line.padEnd(width)}  ${help}`),
    '',
    `  ${'<command> --help'.padEnd(width)}  Show the options of a command.`,
    `  ${'--print-config'.padEnd(width)}  Show every setting, secrets masked.`,
    `  ${'--version'.padEnd(width)}  Show the version.`,
    '',
    'Settings are environment variables; docs/generated/configuration.md lists them.',
  ].join('\n')
}

/** The page of one command. */
export function commandHelp({ usage, options = {}, notes = [] }: Command): string {
  const width = widest(usage)
  const uses = usage.map(({ line, help }) => `  trackyard ${line.padEnd(width)}  ${help}`)
  const list = optionHelp(options)
  return ['Usage:', ...uses, ...(list.length > 0 ? ['', 'Options:', ...list] : []), ...spaced(notes)].join('\n')
}

const spaced = (notes: readonly string[]): string[] => (notes.length > 0 ? ['', ...notes] : [])

const widest = (uses: readonly { readonly line: string }[]): number => Math.max(...uses.map(({ line }) => line.length))
