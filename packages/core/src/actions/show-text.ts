import { compileTemplate } from '../macros/index.ts'
import { ok } from '../result.ts'
import { defineAction } from './action.ts'
import { pageReply } from './page.ts'

const label = 'Show as text'

export const showText = defineAction({
  label,
  help: 'Shows the given text; macros in it are expanded.',
  type: 'other',
  field: 'text',
  compile(payload) {
    const text = compileTemplate(payload, 'text')
    return ok((context) => pageReply(label, 'text/plain; charset=utf-8', text(context)))
  },
})
