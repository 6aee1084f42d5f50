import { NO_STORE, redirectAction } from './redirect.ts'

export const http = redirectAction({
  label: 'HTTP redirect',
  help: 'Sends the browser to the URL with status 302.',
  answer: (url) => ({ status: 302, headers: { Location: url, 'Cache-Control': NO_STORE }, body: '' }),
})
