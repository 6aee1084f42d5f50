import { withSourceTemplate } from '../templates/routes.ts'
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
}
