import { readdirSync, readFileSync } from 'node:fs'

export const ROLES = ['tracker', 'backend', 'store'] as const
export type Role = (typeof ROLES)[number]

interface Process {
  readonly pid: number
  readonly parent: number
  /** Last argument of the command line: what the process was started as. */
  readonly role: string
}

/** Everything that runs on this data directory, whoever started it. Linux only. */
export function processesOn(dataDir: string): Process[] {
  const mark = `TRACKYARD_DATA_DIR=${dataDir}\0`
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      if (!readFileSync(`/proc/${name}/environ`, 'latin1').includes(mark)) return []
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const role = readFileSync(`/proc/${name}/cmdline`, 'latin1').split('\0').filter(Boolean).at(-1) ?? ''
      return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent), role }]
    } catch {
      // It ended while it was being looked at.
      return []
    }
  })
}

/** Sends a signal; a process that has ended already is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
