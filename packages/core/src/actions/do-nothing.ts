import { ok } from '../result.ts'
import { defineAction } from './action.ts'
import { HTML } from './html.ts'
import { pageReply } from './page.ts'

const label = 'Do nothing'

export const doNothing = defineAction({
  label,
  help: 'Answers with an empty page; a site that asks over the Click API shows its own page.',
  type: 'other',
  field: 'none',
  compile: () => ok(() => pageReply(label, HTML, '')),
})
