import { execFileSync } from 'node:child_process'
import { setPriority } from 'node:os'
import type { Config } from '../config.ts'

const NICENESS = 10

/**
 * Lets visitors go first where cores are few: storing and reports may wait, visitors may not. `idle` asks Linux for its
 * class of that name: such a process makes way at once, and a core where only such ones run counts as free, so that the
 * tracker is not put behind another program while storing fills a core of its own. A niceness does neither. To be called
 * before further threads are started, which take over what those of the moment have. A system that does not allow it, or
 * has no `chrt` (util-linux), is no reason to stop.
 */
export function yieldToVisitors(way: Config['backgroundCpu']): void {
  const attempts = [() => setPriority(NICENESS)]
  if (way === 'idle' && process.platform === 'linux') attempts.push(becomeIdle)
  for (const attempt of attempts) {
    try {
      attempt()
    } catch {
      // Only speed is lost.
    }
  }
}

function becomeIdle(): void {
  execFileSync('chrt', ['-a', '-i', '-p', '0', String(process.pid)], { stdio: 'ignore', timeout: 2000 })
}
