import { entity } from '../auth/access.ts'
import { idOf, type Route } from '../route.ts'
import { answer } from './answer.ts'
import { notFound } from './save.ts'
import { showing } from './shapes.ts'
import { streams } from './streams.ts'

/** The way some clients take to a stream; it must belong to the campaign of the path. */
export const streamOfCampaign: Route = {
  method: 'GET',
  path: '/campaigns/:id/streams/:stream_id',
  description: 'One stream of a campaign',
  access: entity('campaigns', 'read', 'streams'),
  ...showing(streams, 'get'),
  async handle(request, { configStore }) {
    const campaign = await configStore.get('campaigns', idOf(request))
    if (!campaign || campaign.state === 'deleted') return notFound('campaigns', idOf(request))
    const id = idOf({ params: { id: request.params.stream_id ?? '' } })
    const stream = await configStore.get('streams', id)
    if (!stream || stream.state === 'deleted' || stream.campaign_id !== campaign.id) return notFound('streams', id)
    return answer(streams, 'get', [stream], request, configStore)
  },
}
