import { escapeHtml } from '../macros/escape.ts'
import { htmlParts, refreshTag, scriptString } from './html.ts'
import type { RedirectParts } from './redirect.ts'

export const META_GATEWAY = 'meta'
export const BLANK_GATEWAY = 'blank'
export const FORM_GATEWAY = 'form'

/**
 * Pages of the tracker that only send on, in the way an action promises: the second hop of a double meta redirect, and
 * what other sites' scripts lead to, because a script of theirs would name their page as referrer. The shell serves them
 * under addresses it signed (reference click-processing §5.2, gateway.php).
 */
export const gatewayPages: Readonly<Record<string, (url: string) => RedirectParts>> = {
  [META_GATEWAY]: (url) => htmlParts(refreshTag(url), '<body></body>', { 'Referrer-Policy': 'origin' }),
  [BLANK_GATEWAY]: blankReferrerPage,
  [FORM_GATEWAY]: formPage,
}

/** Header and tag say the same: each is the only one some browsers know. */
export function blankReferrerPage(url: string): RedirectParts {
  return htmlParts(
    `<meta name="referrer" content="no-referrer"><script>window.location.replace(${scriptString(url)})</script><noscript>${refreshTag(url)}</noscript>`,
    '<body></body>',
    { 'Referrer-Policy': 'no-referrer' },
  )
}

/** Sent from the prototype, because a field called `submit` would hide the form's own. */
export function formPage(url: string): RedirectParts {
  const [, address = '', query = '', fragment = ''] = /^([^?#]*)(?:\?([^#]*))?(#.*)?$/s.exec(url) ?? []
  const fields = [...new URLSearchParams(query)]
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join('')
  return htmlParts(
    '',
    `<body><form method="post" action="${escapeHtml(address + fragment)}" accept-charset="utf-8">${fields}<noscript><button>→</button></noscript></form><script>HTMLFormElement.prototype.submit.call(document.forms[0])</script></body>`,
  )
}
