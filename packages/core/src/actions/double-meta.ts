import { META_GATEWAY } from './gateway.ts'
import { htmlParts, refreshTag } from './html.ts'
import { redirectAction } from './redirect.ts'

export const doubleMeta = redirectAction({
  label: 'Double meta redirect',
  help: 'Sends the browser on with two meta refreshes, the second on a page of the tracker: the destination sees the tracker’s host as referrer, never the page the visitor came from nor the address of the campaign.',
  gateway: META_GATEWAY,
  answer: (url, { gatewayUrl }) =>
    htmlParts(refreshTag(gatewayUrl?.(url, META_GATEWAY) ?? url), '<body></body>', { 'Referrer-Policy': 'origin' }),
})
