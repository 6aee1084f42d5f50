import { withSourceTemplate } from '../templates/routes.ts'
import type { Resource } from './resource.ts'

export const trafficSources: Resource<'traffic_sources'> = {
  kind: 'traffic_sources',
  hidesArchived: false,
  verbs: [],
  withTemplate: withSourceTemplate,
  copy: async () => ({}),
}
