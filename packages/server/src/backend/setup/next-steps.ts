import { type Html, html } from './html.ts'

/** What somebody needs right after the setup: the key, where networks report sales, and how to go on. */
export const nextSteps = (base: string, apiKey: string, postbackKey: string): Html =>
  html`<p>The user <code>admin</code> has its password. One click on a box selects what is in it.</p>
<h2>Your API key</h2>
<p>It is shown only now; keep it safe.</p>
${box(apiKey)}
<p>Further keys: <code>npx trackyard keys create &lt;name&gt;</code> on the server, one for each program that uses the API.</p>
<h2>Your postback address</h2>
<p>Give it to your affiliate networks, with their own placeholders for the values in braces.</p>
${box(`${base}/${postbackKey}/postback?subid={subid}&status={status}&payout={payout}`)}
<h2>Next</h2>
<ol>
<li>Look around with the key:
${box(`curl -H 'Api-Key: ${apiKey}' ${base}/admin_api/v1/campaigns`)}</li>
<li>Make a campaign; visitors then reach it at <code>${base}/&lt;alias&gt;</code>.</li>
<li>Put <code>{subid}</code> into the URL of each offer, so that the network can send it back.</li>
</ol>`

const box = (text: string): Html => html`<code class="copy">${text}</code>`
