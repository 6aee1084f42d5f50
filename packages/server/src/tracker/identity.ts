import type { Click } from '@trackyard/core/click/click.ts'

/**
 * Who is it? 64 bits from the address (and user agent), mixed with a secret of the installation so that codes cannot
 * be computed from outside. Written as 13 base-36 characters, two halves of 32 bits.
 */
export function createIdentify(
  secret: number,
): (click: Pick<Click, 'ip' | 'userAgent'>, method: 'ip' | 'ip_ua') => string {
  return (click, method) => {
    let high = secret ^ 0x811c9dc5
    let low = (secret >>> 7) ^ 0x1b873593
    const text = method === 'ip' ? click.ip : `${click.ip}|${click.userAgent}`
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      high = Math.imul(high ^ code, 0x01000193)
      low = Math.imul((low << 13) | (low >>> 19), 5) + Math.imul(code ^ low, 0xcc9e2d51)
    }
    return visitorCode(finish(high), finish(low ^ high))
  }
}

const visitorCode = (high: number, low: number): string => high.toString(36).padStart(7, '0') + (low || 1).toString(36)

function finish(value: number): number {
  let h = value ^ (value >>> 16)
  h = Math.imul(h, 0x7feb352d)
  h ^= h >>> 15
  h = Math.imul(h, 0x846ca68b)
  return (h ^ (h >>> 16)) >>> 0
}
