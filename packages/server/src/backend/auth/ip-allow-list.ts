import { compileIpMatcher, type IpMatcher } from '@trackyard/core/filters/ip-match.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import { settingOf } from '../settings/setting-store.ts'

const isLoopback = matcherOf(['127.0.0.0/8', '::1'])

/** The machine itself: loopback, or the socket of the backend without anybody in front. It is never locked out. */
export const isLocalAddress = (ip: string): boolean => ip === '' || isLoopback(ip)

/** Whether an address may use the admin side, by the setting `admin_ip_whitelist`. */
export function createIpAllowList(reader: Pick<ConfigReader, 'getMeta'>): (ip: string) => Promise<boolean> {
  let known: { readonly text: string; readonly matcher: IpMatcher } | null = null
  return async (ip) => {
    if (isLocalAddress(ip)) return true
    const entries = await settingOf(reader, 'admin_ip_whitelist')
    if (entries.length === 0) return true
    const text = entries.join(',')
    if (known?.text !== text) known = { text, matcher: matcherOf(entries) }
    return known.matcher(ip)
  }
}

function matcherOf(entries: readonly string[]): IpMatcher {
  const compiled = compileIpMatcher(entries)
  // Lists are checked when they are stored; one that is damaged lets nobody else in.
  return compiled.ok ? compiled.value : () => false
}
