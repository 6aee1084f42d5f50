import { hash } from 'node:crypto'
import { parseIp } from '@trackyard/core/filters/ip-match.ts'
import type { AddressPrivacy } from '@trackyard/core/settings.ts'

/**
 * What is stored in place of an address. `truncate` keeps the block (/24, IPv6: /48) as its first address; `hash` makes a
 * code of it and the installation's secret, the same for the same address, which cannot be turned back without the
 * secret. What is no address stays what it is.
 */
export function storedAddress(address: string, privacy: AddressPrivacy, secret: string): string {
  const ip = privacy === 'keep' ? null : parseIp(address)
  if (ip === null) return address
  if (privacy === 'hash') return `ip-${hash('sha256', `${secret}|stored address|${address}`, 'hex').slice(0, 16)}`
  if (ip.version === 4)
    return [24, 16, 8]
      .map((bits) => (ip.value >>> bits) & 255)
      .join('.')
      .concat('.0')
  const [high, middle, low] = [112n, 96n, 80n].map((bits) => ((ip.value >> bits) & 0xffffn).toString(16))
  return `${high}:${middle}:${low}::`
}

/** A text about to be written down with that in place of the address, however a URL writes it. */
export function withoutAddress(text: string, address: string, privacy: AddressPrivacy, secret: string): string {
  const stored = storedAddress(address, privacy, secret)
  if (stored === address || address === '') return text
  const escaped = address.replaceAll('.', '\\.').replaceAll(':', '(?::|%3A)')
  // Not within a longer number: 1.2.3.4 is no part of 11.2.3.45.
  const isAddress = new RegExp(`(?<![\\w.])${escaped}(?![\\w]|\\.\\d)`, 'gi')
  return text.replace(isAddress, (found) => (found.includes('%') ? encodeURIComponent(stored) : stored))
}
