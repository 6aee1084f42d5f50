import { isIPv6 } from 'node:net'

/** How many failures are free, and how long the wait grows after that. */
interface Rule {
  readonly freeTries: number
  readonly firstWaitMs: number
  readonly longestWaitMs: number
}
const PER_LOGIN: Rule = { freeTries: 5, firstWaitMs: 2_000, longestWaitMs: 15 * 60_000 }
const PER_IP: Rule = { freeTries: 20, firstWaitMs: 2_000, longestWaitMs: 15 * 60_000 }
const FORGET_AFTER_MS = 60 * 60_000
const MAX_ENTRIES = 20_000

interface Failures {
  count: number
  lastAtMs: number
}

/**
 * Slows guessing down without locking anybody out: waits belong to an address, alone and together with a login, so the
 * owner comes in from elsewhere whatever an attacker does.
 */
export function createThrottle() {
  const known = new Map<string, Failures>()
  const keysOf = (login: string, ip: string): readonly (readonly [string, Rule])[] => {
    const place = networkOf(ip)
    return [
      [`${place} ${login.toLowerCase()}`, PER_LOGIN],
      [place, PER_IP],
    ]
  }
  const waitOf = (key: string, rule: Rule, nowMs: number): number => {
    const failures = known.get(key)
    if (!failures || nowMs - failures.lastAtMs >= FORGET_AFTER_MS || failures.count < rule.freeTries) return 0
    const waitMs = Math.min(rule.firstWaitMs * 2 ** (failures.count - rule.freeTries), rule.longestWaitMs)
    return Math.max(0, failures.lastAtMs + waitMs - nowMs)
  }
  return {
    /**
     * Counts a try as a failure before it is made, so that many at once do not slip through. Answers how long to wait
     * in milliseconds; 0 lets the try go on, and nothing was counted otherwise.
     */
    begin(login: string, ip: string, nowMs: number): number {
      const waitMs = Math.max(...keysOf(login, ip).map(([key, rule]) => waitOf(key, rule, nowMs)))
      if (waitMs > 0) return waitMs
      for (const [key] of keysOf(login, ip)) {
        const failures = known.get(key)
        const isOld = !failures || nowMs - failures.lastAtMs >= FORGET_AFTER_MS
        known.delete(key)
        known.set(key, { count: (isOld ? 0 : failures.count) + 1, lastAtMs: nowMs })
      }
      // The oldest go first: a flood of addresses must not fill the memory.
      for (const key of known.keys()) {
        if (known.size <= MAX_ENTRIES) break
        known.delete(key)
      }
      return 0
    },
    /** The try was right after all. */
    succeeded(login: string, ip: string): void {
      const [both, place] = keysOf(login, ip)
      if (both) known.delete(both[0])
      const failures = place ? known.get(place[0]) : undefined
      if (failures) failures.count = Math.max(0, failures.count - 1)
    },
  }
}
export type Throttle = ReturnType<typeof createThrottle>

/** One customer has a whole /64 of IPv6. */
const networkOf = (ip: string): string => (isIPv6(ip) && !ip.includes('.') ? prefix64(ip) : ip)

function prefix64(ip: string): string {
  const [head = '', tail] = ip.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length
  return [...left, ...Array.from({ length: zeros }, () => '0'), ...right].slice(0, 4).join(':')
}
