import { type ChildProcess, fork } from 'node:child_process'
import type { Log } from '../log.ts'

export type ProcessName = 'tracker' | 'backend' | 'store'

/** Exit code of a process that cannot work with its configuration: starting it again would not help. */
export const EXIT_CONFIG = 78

/** A process that was healthy is started again at once; one that ends again and again, with growing pauses. */
const FIRST_PAUSE_MS = 50
const MAX_RESTART_MS = 5000
/** A process that lived this long is healthy again: its next restart is immediate. */
const HEALTHY_AFTER_MS = 10_000

export interface ChildOptions {
  readonly name: ProcessName
  /** Script and arguments. */
  readonly entry: string
  readonly args: readonly string[]
  /** For Node itself. */
  readonly execArgv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Log
  onMessage(message: unknown): void
  onChange(): void
  /** The process says that its configuration is wrong, and has never worked. */
  onRefused(): void
}

export interface Child {
  readonly name: ProcessName
  readonly restarts: number
  readonly isUp: boolean
  send(message: object): void
  /** When it ends from now on, it is not started again. */
  retire(): void
  /** SIGTERM, and SIGKILL after `graceMs`. Resolves when it is gone. */
  stop(graceMs: number): Promise<void>
}

/** Keeps one process alive: starts it, starts it again with growing pauses when it dies. */
export function keepAlive(options: ChildOptions): Child {
  let child: ChildProcess | null = null
  let restarts = 0
  let pauseMs = 0
  let hasWorked = false
  let stopping = false
  let exited: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | null = null

  const start = (): void => {
    timer = null
    const startedAt = performance.now()
    const started = fork(options.entry, [...options.args], {
      env: options.env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [...options.execArgv],
    })
    child = started
    started.on('message', (message) => {
      hasWorked = true
      options.onMessage(message)
    })
    started.on('error', (error) => options.log.error(`${options.name} cannot be started`, { error: error.message }))
    exited = new Promise((resolve) => {
      started.once('exit', (code, signal) => {
        child = null
        resolve()
        if (stopping) return
        // What worked once, say before another program took its port, must not bring the others down.
        if (code === EXIT_CONFIG && !hasWorked) return options.onRefused()
        restarts++
        if (performance.now() - startedAt > HEALTHY_AFTER_MS) pauseMs = 0
        options.log.warn(`${options.name} ended and is started again`, { code, signal, restarts, inMs: pauseMs })
        timer = setTimeout(start, pauseMs)
        pauseMs = Math.min(Math.max(pauseMs * 2, FIRST_PAUSE_MS), MAX_RESTART_MS)
        options.onChange()
      })
    })
    options.onChange()
  }
  start()

  return {
    name: options.name,
    get restarts() {
      return restarts
    },
    get isUp() {
      return child !== null
    },
    send(message) {
      if (child?.connected) child.send(message)
    },
    retire() {
      stopping = true
      if (timer) clearTimeout(timer)
    },
    async stop(graceMs) {
      this.retire()
      const killer = setTimeout(() => child?.kill('SIGKILL'), graceMs)
      child?.kill('SIGTERM')
      await exited
      clearTimeout(killer)
    },
  }
}
