import { parseArgs } from 'node:util'
import { ConfigError } from '../config.ts'
import { messageOf } from '../log.ts'

/** An option of the command line, declared once: parsing and help derive from it. */
export interface OptionDef {
  readonly type: 'string' | 'boolean'
  /** What stands for the value in the help text. */
  readonly value?: string
  readonly help: string
}
export type OptionDefs = Readonly<Record<string, OptionDef>>

export interface Arguments {
  readonly positionals: readonly string[]
  /** Value of a text option, '' when it was not given. */
  text(name: string): string
  flag(name: string): boolean
}

/** Reads what follows the command. Throws ConfigError, one line, on an option that is unknown or lacks its value. */
export function readArguments(args: readonly string[], options: OptionDefs, howToAsk: string): Arguments {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: Object.fromEntries(Object.entries(options).map(([name, { type }]) => [name, { type }])),
    })
    return {
      positionals,
      text: (name) => (typeof values[name] === 'string' ? values[name] : ''),
      flag: (name) => values[name] === true,
    }
  } catch (error) {
    // The runtime's advice on quoting, which follows the first sentence, is of no use here.
    throw new ConfigError(`${messageOf(error).split(/[.\n]/)[0]}. See ${howToAsk}.`)
  }
}

/** A whole number within the bounds. Throws ConfigError naming the option and the bounds. */
export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= min && value <= max) return value
  throw new ConfigError(`${name} must be a whole number from ${min} to ${max}, not "${text}".`)
}

/** One line an option, aligned. */
export function optionHelp(options: OptionDefs): string[] {
  const names = Object.entries(options).map(([name, { value }]) => `--${name}${value ? ` <${value}>` : ''}`)
  const width = Math.max(0, ...names.map((name) => name.length))
  return Object.values(options).map(({ help }, index) => `  ${(names[index] ?? '').padEnd(width)}  ${help}`)
}
