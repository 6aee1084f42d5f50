/** The page of the API documentation. The viewer draws it; this asks for a key and gets the description. */

/** `hasSession`: the browser sent a session cookie, so the description may be had without a key. */
export const docsPage = (hasSession: boolean): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Trackyard Admin API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/admin_api/v1/docs/viewer.css">
<link rel="stylesheet" href="/admin_api/v1/docs/docs.css">
</head>
<body${hasSession ? ' data-session' : ''}>
<form id="entrance" hidden>
<h1>Trackyard Admin API</h1>
<p>Every operation, with its fields, to read and to try. Paste an API key to begin.</p>
<label for="key">API key</label>
<input id="key" type="password" autocomplete="off" spellcheck="false" required>
<button>Open</button>
<p id="problem" role="alert"></p>
<p class="note">The key stays in this page: it is forgotten when you close or reload it. Calls you try are real.</p>
</form>
<div id="viewer"></div>
<script src="/admin_api/v1/docs/viewer.js"></script>
<script src="/admin_api/v1/docs/docs.js"></script>
</body>
</html>
`

export const docsStyle = `:root { color-scheme: light; }
body { margin: 0; font-family: system-ui, sans-serif; background: #fafafa; color: #1f2937; }
#entrance { max-width: 28rem; margin: 12vh auto; padding: 2rem; background: #fff; border: 1px solid #e5e7eb; border-radius: .75rem; }
#entrance[hidden] { display: none; }
#entrance h1 { margin: 0 0 1rem; font-size: 1.4rem; }
#entrance label { display: block; margin: 1.25rem 0 .35rem; font-weight: 600; }
#entrance input { box-sizing: border-box; width: 100%; padding: .6rem; font: inherit; border: 1px solid #9ca3af; border-radius: .4rem; }
#entrance button { margin-top: 1rem; padding: .6rem 1.4rem; font: inherit; font-weight: 600; color: #fff; background: #1d4ed8; border: 0; border-radius: .4rem; cursor: pointer; }
#problem { color: #b91c1c; min-height: 1.2em; }
.note { color: #4b5563; font-size: .9rem; }
.swagger-ui .info { margin: 2rem 0 1rem; }
`

export const docsScript = `'use strict'
const base = '/admin_api/v1'
const entrance = document.getElementById('entrance')
const problem = document.getElementById('problem')
let csrf = ''

const load = (key) => fetch(base + '/openapi.json', { headers: key ? { 'Api-Key': key } : {} })

function show(spec, key) {
  entrance.hidden = true
  const ui = SwaggerUIBundle({
    spec,
    dom_id: '#viewer',
    deepLinking: true,
    docExpansion: 'none',
    filter: true,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    persistAuthorization: false,
    validatorUrl: null,
    defaultModelsExpandDepth: 0,
    syntaxHighlight: { activated: true },
    requestInterceptor: (request) => {
      if (csrf) request.headers['X-CSRF-Token'] = csrf
      if (!request.headers['Api-Dialect']) request.headers['Api-Dialect'] = 'modern'
      return request
    },
    onComplete: () => { if (key) ui.preauthorizeApiKey('apiKey', key) },
  })
}

async function open(key) {
  const reply = await load(key)
  if (!reply.ok) {
    entrance.hidden = false
    const body = await reply.json().catch(() => ({}))
    if (key) problem.textContent = body.error || 'The server answered ' + reply.status + '.'
    document.getElementById('key').focus()
    return
  }
  if (!key) {
    const session = await fetch(base + '/auth/session').then((answer) => answer.ok ? answer.json() : {})
    csrf = session.csrf_token || ''
  }
  show(await reply.json(), key)
}

entrance.addEventListener('submit', (event) => {
  event.preventDefault()
  problem.textContent = ''
  open(document.getElementById('key').value.trim()).catch(() => { problem.textContent = 'The server cannot be reached.' })
})
// Asking without a session would only leave an error in the console.
if ('session' in document.body.dataset) open('')
else entrance.hidden = false
`
