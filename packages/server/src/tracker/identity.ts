import { hash } from 'node:crypto'
import { toBase36 } from '@trackyard/core/base36.ts'
import type { Click } from '@trackyard/core/click/click.ts'

/**
 * Who is it? 64 bits of a hash over the installation's secret and the address (and user agent), so that nobody outside
 * can work out codes or find two visitors with the same one. Written as 13 base-36 characters at most, two halves of
 * 32 bits.
 */
export function createIdentify(
  secret: string,
): (click: Pick<Click, 'ip' | 'userAgent'>, method: 'ip' | 'ip_ua') => string {
  return (click, method) => {
    const who = method === 'ip' ? click.ip : `${click.ip}|${click.userAgent}`
    // As text, because making a buffer costs more than the hash.
    const digest = hash('sha256', `${secret}|${who}`, 'hex')
    return visitorCode(Number.parseInt(digest.slice(0, 8), 16), Number.parseInt(digest.slice(8, 16), 16))
  }
}

/** A code for a browser, of two random numbers in [0, 1). */
export const drawnCode = (chance: () => number): string =>
  visitorCode(Math.floor(chance() * 2 ** 32), Math.floor(chance() * 2 ** 32))

const visitorCode = (high: number, low: number): string => toBase36(high, 7) + toBase36(low || 1)
