/** Text that has been made safe to stand in a page. */
export interface Html {
  readonly html: string
}

/** Puts values into a page: text is escaped, `html` parts stand as they are. */
export function html(strings: TemplateStringsArray, ...values: readonly (string | Html)[]): Html {
  const parts = strings.map((part, index) => {
    const value = values[index]
    return part + (value === undefined ? '' : typeof value === 'string' ? escapeHtml(value) : value.html)
  })
  return { html: parts.join('') }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')

/** A whole page: small, without scripts, readable on a phone. */
export const page = (title: string, content: Html): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Trackyard</title>
<style>
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 36rem; margin: 4rem auto; padding: 0 1rem }
label { display: block; margin: 1rem 0 .25rem }
input { font: inherit; width: 100%; padding: .5rem; box-sizing: border-box }
button { font: inherit; margin-top: 1rem; padding: .5rem 1.25rem }
code { font-size: .95em; overflow-wrap: anywhere }
h2 { font-size: 1.1rem; margin: 2rem 0 .25rem }
.hint { margin: .25rem 0 0; font-size: .9rem; opacity: .75 }
.problem { margin: .25rem 0 0; color: #c0392b }
[aria-invalid] { border: 2px solid #c0392b }
.copy { display: block; padding: .6rem .75rem; border: 1px solid #8888; border-radius: 4px; white-space: pre-wrap; user-select: all }
@media (prefers-color-scheme: dark) { .problem { color: #ff8a7a } [aria-invalid] { border-color: #ff8a7a } }
</style>
</head>
<body>
<h1>${title}</h1>
${content}
</body>
</html>
`.html
