import type { Config } from '../config.ts'
import type { Paths } from '../paths.ts'

export interface CommandContext {
  readonly config: Config
  readonly paths: Paths
  /** The script to start further processes with. */
  readonly entry: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly args: readonly string[]
}

export interface Command {
  readonly name: string
  readonly usage: string
  readonly help: string
  /** Resolves to the exit code. Modules are loaded by the command that needs them, so the tracker starts lean. */
  run(context: CommandContext): Promise<number>
}
