import type { Exchange } from '@trackyard/core/currency/exchange.ts'
import type { EntityKind, EntityOf } from '@trackyard/core/entities/index.ts'
import type { ConversionFacts } from '@trackyard/core/postbacks/conversion-facts.ts'
import {
  type Occasion,
  type OutgoingPostback,
  ofCampaign,
  ofSource,
  ofStored,
  readPostbackKey,
} from '@trackyard/core/postbacks/outgoing-postbacks.ts'
import { type CompiledPostback, compilePostback } from '@trackyard/core/postbacks/plan-postback-request.ts'
import type { ConfigReader } from '../../stores/config/port.ts'
import type { Currencies } from '../currencies/currencies.ts'
import type { SecretBox } from '../secret-box.ts'
import { signingKeyOf } from './sign.ts'

/** A postback ready to be sent, its macros read once. */
export interface ReadyPostback extends OutgoingPostback {
  readonly compiled: CompiledPostback
  /** Null without a signature. */
  readonly signingKey: Buffer | null
  /** Host and port it goes to; '' when the URL has none. */
  readonly host: string
}

/** What configuration says about postbacks, remembered until it changes. */
export interface Directory {
  /** Those that are to be sent about a conversion, as of the last refresh. */
  due(occasion: Occasion): Promise<readonly OutgoingPostback[]>
  /** The postback with this key, null when it is there no more. */
  find(key: string): Promise<ReadyPostback | null>
  /** Whatever else macros print about a conversion. */
  facts(occasion: Occasion, atMs: number): Promise<ConversionFacts>
  /** Host of a postback that was found before, else ''. */
  hostOf(key: string): string
  /** Looks at once whether something changed, not only every so often. */
  refresh(): Promise<void>
}

/** A change of the configuration is live within a second. */
const CHECK_EVERY_MS = 500
const MAX_REMEMBERED = 20_000

export interface DirectoryOptions {
  readonly currencies: Currencies
  /** Content of a file for {from_file:name}. */
  readonly macroFile: (name: string) => string
  readonly secretBox: Pick<SecretBox, 'open'>
}

export function createDirectory(
  reader: Pick<ConfigReader, 'get' | 'list' | 'version'>,
  { currencies, macroFile, secretBox }: DirectoryOptions,
): Directory {
  let version = -1
  let checkedAt = Number.NEGATIVE_INFINITY
  const entities = new Map<string, object | null>()
  const ready = new Map<string, ReadyPostback | null>()
  let exchange: Exchange | null = null
  let stored: readonly OutgoingPostback[] | null = null

  async function refresh(): Promise<void> {
    checkedAt = performance.now()
    exchange = stored = null
    const current = await reader.version()
    if (current === version && entities.size < MAX_REMEMBERED) return
    version = current
    entities.clear()
    ready.clear()
  }
  async function refreshNowAndThen(): Promise<void> {
    if (performance.now() - checkedAt > CHECK_EVERY_MS) await refresh()
  }

  async function get<Kind extends EntityKind>(kind: Kind, id: unknown): Promise<EntityOf<Kind> | null> {
    const known = Number(id ?? 0)
    if (known === 0) return null
    const key = `${kind} ${known}`
    const before = entities.get(key)
    // The key names the kind, so what is found is of it.
    if (before !== undefined) return before as EntityOf<Kind> | null
    const found = await reader.get(kind, known)
    entities.set(key, found)
    return found
  }

  async function load(key: string): Promise<OutgoingPostback | null> {
    const names = readPostbackKey(key)
    if (names?.kind === 'postback') {
      const stored = await get('postbacks', names.ownerId)
      return stored && stored.state !== 'deleted' ? ofStored(stored) : null
    }
    if (names?.kind === 'traffic_source') {
      const source = await get('traffic_sources', names.ownerId)
      return source && ofSource(source)
    }
    const campaign = names && (await get('campaigns', names.ownerId))
    return (campaign && ofCampaign(campaign).find((one) => one.key === key)) ?? null
  }

  const prepare = (postback: OutgoingPostback): ReadyPostback => ({
    ...postback,
    compiled: compilePostback(postback.plan),
    signingKey: postback.signingSecret === '' ? null : signingKeyOf(secretBox.open(postback.signingSecret) ?? ''),
    host: /^https?:\/\/([^/?#{}]+)(?:[/?#]|$)/i.exec(postback.plan.url)?.[1]?.toLowerCase() ?? '',
  })

  return {
    refresh,
    async due(occasion) {
      const { click } = occasion
      const campaign = await get('campaigns', click.campaign_id)
      const source = await get('traffic_sources', click.ts_id || campaign?.traffic_source_id)
      const ofThatSource = source && ofSource(source)
      stored ??= (await reader.list('postbacks')).map(ofStored)
      const all = [...stored, ...(ofThatSource ? [ofThatSource] : []), ...(campaign ? ofCampaign(campaign) : [])]
      return all.filter((postback) => postback.refusal(occasion) === null)
    },
    async find(key) {
      await refreshNowAndThen()
      const known = ready.get(key)
      if (known !== undefined) return known
      const found = await load(key)
      const prepared = found && prepare(found)
      ready.set(key, prepared)
      return prepared
    },
    async facts(occasion, atMs) {
      const { click, conversion } = occasion
      const campaign = await get('campaigns', click.campaign_id)
      const stream = await get('streams', click.stream_id)
      const domain = await get('domains', campaign?.domain_id)
      exchange ??= await currencies.exchange()
      return {
        atMs,
        click,
        conversion,
        campaign: campaign
          ? {
              ...{ id: campaign.id, name: campaign.name, parameters: campaign.parameters },
              domain: domain?.state === 'active' ? domain.name : '',
            }
          : { id: Number(click.campaign_id ?? 0), name: '', parameters: {} },
        stream: stream && { id: stream.id, name: stream.name ?? '' },
        landing: await get('landing_pages', click.landing_id),
        offer: await get('offers', click.offer_id),
        trafficSource: await get('traffic_sources', click.ts_id || campaign?.traffic_source_id),
        fileText: macroFile,
        exchange,
      }
    },
    hostOf: (key) => ready.get(key)?.host ?? '',
  }
}
