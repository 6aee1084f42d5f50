import { defineAction } from './action.ts'
import { showHtml } from './show-html.ts'

/** Known by its name alone (reference click-processing §5.2), so it does what the name says. */
export const buildHtml = defineAction({
  ...showHtml,
  label: 'Build HTML (outdated)',
  help: 'As Show as HTML. Kept for campaigns that were imported with it.',
  doubt: 'is known from older systems by its name alone and shows its payload as HTML: use show_html',
})
