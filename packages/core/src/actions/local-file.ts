import { fail, ok, problem } from '../result.ts'
import { defineAction } from './action.ts'
import { HTML } from './html.ts'
import { pageReply } from './page.ts'

const label = 'Local page'

export const localFile = defineAction({
  label,
  help: 'Shows the page among the uploaded files of a landing page or offer; macros in it are expanded.',
  type: 'other',
  field: 'none',
  compile(_payload, _options, files) {
    if (files === null) return fail(problem('validation', 'has no files yet: upload them as a ZIP archive', 'archive'))
    if (files.index === '')
      return fail(problem('validation', 'has no page among its files: add a file index.html', 'archive'))
    return ok((context) => {
      const page = context.localPage?.(files)
      // The visitor gets an empty page, and reports tell that something is missing.
      return page ? pageReply(label, HTML, page(context)) : pageReply(`${label} (unreadable)`, HTML, '')
    })
  },
})
