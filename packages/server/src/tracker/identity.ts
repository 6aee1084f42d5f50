import { hash } from 'node:crypto'
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
    const digest = hash('sha256', `${secret}|${who}`, 'buffer')
    return visitorCode(digest.readUInt32LE(0), digest.readUInt32LE(4))
  }
}

const visitorCode = (high: number, low: number): string => high.toString(36).padStart(7, '0') + (low || 1).toString(36)
