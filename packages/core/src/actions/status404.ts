import { ok } from '../result.ts'
import { defineAction } from './action.ts'
import { HTML } from './html.ts'
import { pageReply } from './page.ts'

const label = '404 Not Found'

export const status404 = defineAction({
  label,
  help: 'Answers that there is no such page.',
  type: 'other',
  field: 'none',
  compile: () => ok(() => pageReply(label, HTML, label, 404)),
})
