import { parameterDoubts } from '@trackyard/core/click/parameters.ts'
import type { TrafficSource } from '@trackyard/core/entities/index.ts'
import { FIXED_HOST } from '@trackyard/core/entities/postback.ts'
import { templateDoubts, withSourceTemplate } from '../templates/routes.ts'
import { outgoingDoubts } from './outgoing-doubts.ts'
import type { Resource } from './resource.ts'

export const trafficSources: Resource<'traffic_sources'> = {
  kind: 'traffic_sources',
  example: {
    name: 'News ads',
    postback_url: 'https://ads.example/conversion?id={external_id}&payout={revenue}',
    parameters: { external_id: { name: 'click_id', placeholder: '{click_id}' } },
  },
  hidesArchived: false,
  verbs: ['restore'],
  archivePath: true,
  listsArchived: true,
  withTemplate: withSourceTemplate,
  copy: async () => ({}),
  doubts: async (source, tools, isNew) =>
    source.state === 'deleted'
      ? []
      : [
          ...(isNew ? templateDoubts('traffic_sources', source.template_name) : []),
          ...parameterDoubts(source.parameters),
          ...postbackDoubts(source),
          ...(await outgoingDoubts(
            { postback_url: source.postback_url ?? '' },
            { postback_statuses: source.postback_statuses },
            tools,
          )),
        ],
}

/** What keeps the postback of a source from being sent. */
function postbackDoubts({ postback_url, postback_gone_url }: TrafficSource): string[] {
  const url = postback_url?.trim() ?? ''
  if (url === '') return []
  if (!FIXED_HOST.test(url))
    return ['postback_url: nothing is sent, as it does not begin with http:// or https:// and a host without macros.']
  return url === postback_gone_url
    ? ['postback_gone_url: nothing is sent, as the receiver answered 410; empty this field to send again.']
    : []
}
