import { FORM_GATEWAY, formPage } from './gateway.ts'
import { redirectAction } from './redirect.ts'

export const formsubmit = redirectAction({
  label: 'Form submit',
  help: 'Shows a page that sends the browser on with a POST; what the URL has in its query becomes fields of the form.',
  gateway: FORM_GATEWAY,
  answer: formPage,
})
