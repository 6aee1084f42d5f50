import type { Config } from '../config.ts'
import type { Paths } from '../paths.ts'
import type { Arguments, OptionDefs } from './arguments.ts'

export interface CommandContext extends Arguments {
  readonly config: Config
  readonly paths: Paths
  /** The script to start further processes with. */
  readonly entry: string
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface Command {
  readonly name: string
  /** One line for each way to use it: what follows `trackyard`, and what it does. */
  readonly usage: readonly { readonly line: string; readonly help: string }[]
  readonly options?: OptionDefs
  /** Further sentences for the command's own help. */
  readonly notes?: readonly string[]
  /** Resolves to the exit code. Modules are loaded by the command that needs them, so the tracker starts lean. */
  run(context: CommandContext): Promise<number>
}
