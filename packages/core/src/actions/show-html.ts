import { compileTemplate } from '../macros/index.ts'
import { ok } from '../result.ts'
import { defineAction } from './action.ts'
import { HTML } from './html.ts'
import { pageReply } from './page.ts'

const label = 'Show as HTML'

export const showHtml = defineAction({
  label,
  help: 'Shows the given HTML; macros in it are expanded.',
  type: 'other',
  field: 'html',
  compile(payload) {
    const html = compileTemplate(payload, 'html')
    return ok((context) => pageReply(label, HTML, html(context)))
  },
})
