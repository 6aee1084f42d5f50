import { type ListedStatus, toCustom } from '@trackyard/core/conversion/custom-status.ts'
import { customStatusOf, statusWordIn } from '@trackyard/core/conversion/read-postback.ts'
import type { Status } from '@trackyard/core/conversion/statuses.ts'
import type { PostbackEvent } from '@trackyard/core/events/spool-event.ts'
import { compileIpMatcher, type IpMatcher } from '@trackyard/core/filters/ip-match.ts'
import { hashOf, type PostbackRules } from '../postback-rules.ts'
import type { Params } from './query.ts'

/** What the configuration makes of a postback at the moment it comes. */
export interface Judged {
  /** Parameters without the token. */
  readonly params: Params
  /** Why it is refused, in words; '' when it is not. */
  readonly refusal: string
  /** What goes into the event, so that it is applied as it was meant, whatever the configuration is by then. */
  readonly stamps: Pick<PostbackEvent, 'custom' | 'meant' | 'denied'>
}

export type PostbackGate = (params: Params, ip: string) => Judged

/** The gate of a snapshot, made once. */
export function gateOf(rules: PostbackRules | undefined): PostbackGate {
  if (!rules) return OPEN
  const known = gates.get(rules)
  if (known) return known
  const gate = compileGate(rules)
  gates.set(rules, gate)
  return gate
}

const gates = new WeakMap<PostbackRules, PostbackGate>()
const OPEN: PostbackGate = (params) => ({ params, refusal: '', stamps: {} })

function compileGate({ statuses, words, networks }: PostbackRules): PostbackGate {
  const meanings = new Map(words)
  const guards = networks.map(({ id, tokenHash, addresses }) => ({ id, tokenHash, sendsFrom: senderOf(addresses) }))
  const hasTokens = guards.some(({ tokenHash }) => tokenHash !== '')
  return (given, ip) => {
    const { token, ...rest } = given
    // Without networks that send one it is a parameter like any other, and an empty one is none.
    const params = hasTokens ? rest : given
    const isToken = hasTokens && token !== undefined && token.trim() !== ''
    const hash = isToken ? hashOf(token) : ''
    const named = guards.filter(({ tokenHash }) => tokenHash !== '' && tokenHash === hash)
    const denied = {
      ...listed(
        'token',
        guards.filter((guard) => guard.tokenHash !== '' && guard.tokenHash !== hash),
      ),
      ...listed(
        'address',
        guards.filter(({ sendsFrom }) => !sendsFrom(ip)),
      ),
    }
    const away = named.length > 0 && named.every(({ sendsFrom }) => !sendsFrom(ip))
    const refusal = isToken && named.length === 0 ? WRONG_TOKEN : away ? awayOf(named, ip) : ''
    return {
      params,
      refusal,
      stamps: { ...statusStamp(params, statuses, meanings), ...(Object.keys(denied).length > 0 ? { denied } : {}) },
    }
  }
}

const WRONG_TOKEN = 'its token is not that of any affiliate network'
const awayOf = (named: readonly { id: number }[], ip: string): string =>
  `affiliate network ${named.map(({ id }) => id).join(', ')} does not send from ${ip}: add it to postback_ips if it does`

const listed = (name: 'token' | 'address', guards: readonly { id: number }[]) =>
  guards.length > 0 ? { [name]: guards.map(({ id }) => id) } : {}

function statusStamp(
  params: Params,
  statuses: readonly ListedStatus[],
  meanings: ReadonlyMap<string, Status>,
): Pick<PostbackEvent, 'custom' | 'meant'> {
  const meant = meanings.get(statusWordIn(params)) ?? null
  const custom = statuses.length > 0 ? customStatusOf(params, statuses, meant) : null
  return custom ? { custom: toCustom(custom) } : meant ? { meant } : {}
}

/** Addresses were checked when they were saved; a list that cannot be read lets nobody in. */
function senderOf(addresses: readonly string[]): IpMatcher {
  if (addresses.length === 0) return () => true
  const compiled = compileIpMatcher(addresses)
  return compiled.ok ? compiled.value : () => false
}
