import { randomInt } from 'node:crypto'
import { compileCampaign } from '@trackyard/core/click/compile.ts'
import { parameterDoubts } from '@trackyard/core/click/parameters.ts'
import { isHttps } from '@trackyard/core/entities/domain.ts'
import type { EntityOf } from '@trackyard/core/entities/index.ts'
import { MICROS_PER_UNIT } from '@trackyard/core/money.ts'
import { type Problem, problem } from '@trackyard/core/result.ts'
import { z } from 'zod'
import { unrestricted } from '../auth/reach.ts'
import { loadBundle } from '../bundles.ts'
import { loadPostbackKey } from '../secrets.ts'
import { currencyDoubts } from './currency.ts'
import { groupNames } from './groups.ts'
import { outgoingDoubts } from './outgoing-doubts.ts'
import { withPostbackIds } from './postback-rows.ts'
import type { Resource, SaveTools } from './resource.ts'
import { readOnly } from './shapes.ts'
import { copyStream, hiddenMembers, inOrder } from './stream-copies.ts'
import { leadsTo, senderDoubts, usageDoubts } from './usage-doubts.ts'

/** First path segments that mean something else on every host. */
const RESERVED_ALIASES: ReadonlySet<string> = new Set([
  'admin',
  'admin_api',
  'click_api',
  'js',
  'lander',
  'robots.txt',
  'favicon.ico',
  'healthz',
  'readyz',
  'metrics',
  'api.php',
  'gateway.php',
])
const ALIAS_LENGTH = 6
const ALIAS_ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789'
const TOKEN_LENGTH = 32
const TOKEN_ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789'

export const campaigns: Resource<'campaigns'> = {
  kind: 'campaigns',
  example: { alias: 'spring-sale', name: 'Spring sale', type: 'position', cost_type: 'CPC', cost_value: 0.05 },
  hidesArchived: true,
  verbs: ['restore', 'enable', 'disable'],
  async complete(fields, current, { exchange, writer }) {
    const postbacks = await withPostbackIds(fields.postbacks, current?.postbacks ?? [], writer)
    const cost_currency = fields.cost_currency ?? exchange.base
    return { ...fields, token: fields.token || createToken(), cost_currency, postbacks }
  },
  check: (fields, _current, { writer }) => aliasProblems(fields.alias, () => loadPostbackKey(writer)),
  async verify(entity, { writer }) {
    const compiled = compileCampaign(await loadBundle(writer, entity))
    return compiled.ok ? [] : compiled.problems
  },
  async doubts(campaign, tools, isNew) {
    if (campaign.state !== 'active') {
      const domains = (await tools.writer.list('domains')).filter(
        (domain) => domain.default_campaign_id === campaign.id,
      )
      return [
        ...(isNew ? [] : [goneForVisitors(campaign)]),
        ...(await usageDoubts(campaign, 'Campaign', leadsTo(campaign.id), tools)),
        ...(await senderDoubts(campaign, tools)),
        ...domains.map(
          ({ name }) => `Domain ${name} shows this campaign at its root: set its default_campaign_id to another.`,
        ),
      ]
    }
    const currency = currencyDoubts('cost_currency', campaign.cost_currency, tools)
    const outgoing = await Promise.all(
      campaign.postbacks.map(({ url, statuses }) =>
        outgoingDoubts({ 'postbacks.url': url }, { 'postbacks.statuses': statuses }, tools),
      ),
    )
    const settings = [...settingDoubts(campaign), ...currency, ...outgoing.flat()]
    const streams = await unrestricted(tools.writer).list('streams', { parentId: campaign.id })
    return isNew || streams.some(({ state }) => state === 'active')
      ? settings
      : ['The campaign has no active stream, so visitors get an empty page: add or enable a stream.', ...settings]
  },
  shown: {
    fields: {
      group: readOnly(z.string(), 'Name of the group, empty without one.'),
      domain: readOnly(
        z.string().nullable(),
        'Start of its links, e.g. https://go.example.com/; null without a domain.',
      ),
    },
  },
  pageSize: null,
  /** Two campaigns share neither alias nor token. */
  copy: async (_, tools) => ({ alias: await freeAlias(tools), token: '' }),
  async copyParts(copy, original, tools) {
    const streams = inOrder(await tools.writer.list('streams', { parentId: original.id }))
    const refused = await Promise.all(streams.map((stream) => hiddenMembers(stream, tools.writer)))
    if (refused.flat().length > 0) return refused.flat()
    for (const stream of streams) await copyStream(stream, { campaign_id: copy.id }, tools)
    return []
  },
  async extras(_, reader) {
    const group = await groupNames(reader, 'campaigns')
    const domains = new Map((await reader.list('domains')).map((domain) => [domain.id, domain]))
    return ({ id: campaign_id, domain_id: id, group_id, postbacks }) => {
      const domain = domains.get(id ?? 0)
      return {
        group: group(group_id),
        domain: domain ? `${isHttps(domain) ? 'https' : 'http'}://${domain.name}/` : null,
        postbacks: postbacks.map((row) => ({ ...row, campaign_id })),
      }
    }
  },
}

const BY_CONVERSION: ReadonlySet<string> = new Set(['CPA', 'CPS', 'RevShare'])

/** What is doubtful about the settings of a campaign, whatever its streams. */
const settingDoubts = ({
  type,
  bind_visitors: level,
  parameters,
  cost_auto,
  cost_type,
  cost_value,
}: EntityOf<'campaigns'>): string[] => [
  ...(cost_auto && cost_value > 0 && !BY_CONVERSION.has(cost_type)
    ? ['cost_value is not used: with cost_auto the cost comes with the link, and is 0 where the link names none.']
    : []),
  ...(cost_type === 'RevShare' && cost_value > 100 * MICROS_PER_UNIT
    ? ['cost_value: RevShare pays percent of what a conversion earns, so this is more than it earns.']
    : []),
  ...(type === 'position' && level !== null
    ? [
        'bind_visitors has no effect: visitors are bound where streams are drawn by weight. Set type to weight, or bind_visitors to null.',
      ]
    : []),
  ...parameterDoubts(parameters),
]

/** What became of paid traffic is nowhere to be seen otherwise, as such visitors leave no click. */
function goneForVisitors({ alias, state }: { readonly alias: string; readonly state: string }): string {
  const [page, cure] = state === 'deleted' ? ['a 404', 'restore it'] : ['an empty page', 'enable it']
  return `Visitors of /${alias} now get ${page} and are not counted, unless the index campaign of their domain steps in: stop its traffic, or ${cure}.`
}

async function aliasProblems(alias: string, postbackKey: () => Promise<string>): Promise<Problem[]> {
  const isReserved = RESERVED_ALIASES.has(alias.toLowerCase()) || /^\.+$/.test(alias) || alias === (await postbackKey())
  return isReserved ? [problem('validation', `Alias ${alias} is reserved: choose another`, 'alias')] : []
}

/** Secret of the campaign for the Click API: 32 characters of 36 are 165 bits. */
const createToken = (): string => randomText(TOKEN_LENGTH, TOKEN_ALPHABET)

async function freeAlias({ writer }: SaveTools): Promise<string> {
  for (;;) {
    const alias = randomText(ALIAS_LENGTH, ALIAS_ALPHABET)
    if (!(await writer.findUnique('campaigns', alias))) return alias
  }
}

const randomText = (length: number, alphabet: string): string =>
  Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
