import { htmlParts, NO_STORE, SCRIPT, scriptString } from './html.ts'
import { redirectAction } from './redirect.ts'

export const jsForScript = redirectAction({
  label: 'JS for a script tag (outdated)',
  help: 'Answers with JavaScript that sends on the page which loads the campaign by <script src>. Every redirect works there now.',
  answer: (url, { embedding }) =>
    // A frame shows what it gets: bare JavaScript would be text in it.
    embedding === 'iframe'
      ? htmlParts(`<script>${goTo(url)}</script>`, '<body></body>')
      : {
          status: 200,
          headers: { 'Content-Type': SCRIPT, 'Cache-Control': NO_STORE, 'X-Content-Type-Options': 'nosniff' },
          body: `${goTo(url)};`,
        },
})

const goTo = (url: string): string => `window.location.replace(${scriptString(url)})`
