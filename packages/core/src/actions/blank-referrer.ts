import { BLANK_GATEWAY, blankReferrerPage } from './gateway.ts'
import { redirectAction } from './redirect.ts'

export const blankReferrer = redirectAction({
  label: 'Redirect without referrer',
  help: 'Shows a page that sends the browser on and lets it name no referrer.',
  gateway: BLANK_GATEWAY,
  answer: blankReferrerPage,
})
