import { ok } from '../result.ts'
import { defineAction } from './action.ts'
import { pageReply } from './page.ts'

const label = 'Show the click id (outdated)'

/** Known by its name alone (reference click-processing §5.2), so it does what the name says. */
export const subId = defineAction({
  label,
  help: 'Shows the id of the click as text and nothing else. Kept for campaigns that were imported with it.',
  type: 'other',
  field: 'none',
  doubt: 'is known from older systems by its name alone and shows the id of the click: use show_text with {subid}',
  compile: () => ok((context) => pageReply(label, 'text/plain; charset=utf-8', context.subId)),
})
