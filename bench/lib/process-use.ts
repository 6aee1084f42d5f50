import { readFileSync, writeFileSync } from 'node:fs'

/** Clock ticks of Linux's process accounting; the same on every platform Node supports. */
const TICKS_PER_SECOND = 100

/** CPU seconds a process has used so far, in user and system mode, all threads. Linux only. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name of the program may hold spaces, so fields are counted from the parenthesis that ends it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** Resident memory now and at its highest, in MB (10^6 bytes). */
export function memoryMb(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const read = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
  return { now: Math.round((read('VmRSS') * 1024) / 1e6), peak: Math.round((read('VmHWM') * 1024) / 1e6) }
}

/** Lets the peak be counted from here on. */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/** Process ids of the direct children of a process, by the last word of their command lines. */
export function childrenOf(pid: number): Map<string, number> {
  const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  return new Map(
    pids.map((child) => [readFileSync(`/proc/${child}/cmdline`, 'utf8').split('\0').at(-2) ?? '', child] as const),
  )
}
