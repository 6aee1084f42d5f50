import type { Campaign } from '@trackyard/core/entities/index.ts'
import * as page from './page-code.ts'
import { phpClient, phpClientFile, phpRedirect } from './php-code.ts'

/** What snippets are filled in with. */
export interface SnippetPlace extends page.PagePlace {
  /** Where networks send their postbacks. */
  readonly postbackUrl: string
  readonly campaign: Pick<Campaign, 'token'>
  /** Parameters of the campaign and its traffic source. */
  readonly parameters: Campaign['parameters']
}

interface SnippetDef {
  readonly title: string
  readonly help: string
  readonly language: 'url' | 'html' | 'php' | 'shell'
  code(place: SnippetPlace): string
}

/** Ways of bringing visitors to a campaign and of getting their conversions back, by key. */
export const snippets = {
  link: {
    title: 'Link',
    help: 'Where the ads lead: paste it into the traffic source, which fills in its own macros.',
    language: 'url',
    code: ({ campaignUrl, parameters }) => {
      const query = Object.values(parameters).flatMap(({ name, placeholder }) =>
        name && placeholder ? [`${encodeURIComponent(name)}=${placeholder}`] : [],
      )
      return query.length === 0 ? campaignUrl : `${campaignUrl}?${query.join('&')}`
    },
  },
  postback_url: {
    title: 'Postback URL',
    help: 'Reports conversions: paste it into the affiliate network and replace the values in braces by its own macros.',
    language: 'url',
    code: ({ postbackUrl }) => `${postbackUrl}?subid={subid}&status={status}&payout={payout}&tid={tid}`,
  },
  offer_link: {
    title: 'Offer link of an uploaded landing page',
    help: 'Leads from a landing page that the tracker shows to the offer. Add &offer_id=5 to choose one of several.',
    language: 'html',
    code: () => '<a href="{offer}">To the offer</a>',
  },
  adapter: {
    title: 'Landing page on another host',
    help: 'For pages the tracker redirects to: finds the click, fills every {offer} link and sends conversions with KAdapter.reportConversion(9.99, "sale").',
    language: 'html',
    code: page.adapter,
  },
  tracking_script: {
    title: 'Tracking script',
    help: 'For a site with visitors of its own: counts visits as clicks and changes nothing on the page. Paste it into the head.',
    language: 'html',
    code: page.trackingScript,
  },
  tracking_conversion: {
    title: 'Conversion for the tracking script',
    help: 'Reports a conversion: paste it into the page that thanks for the order, after the tracking script.',
    language: 'html',
    code: page.trackingConversion,
  },
  conversion_pixel: {
    title: 'Conversion pixel',
    help: 'Reports a conversion without any script: paste it into the page that thanks for the order and fill in the click for {subid}. Without subid the click is taken from the cookie of the tracker, where the browser sends it.',
    language: 'html',
    code: page.conversionPixel,
  },
  js_client: {
    title: 'Page script',
    help: 'Carries the campaign out in a page of your own: redirects, shows a page, or fills the {offer} links. Paste it into the head.',
    language: 'html',
    code: page.pageClient,
  },
  php_client: {
    title: 'PHP page',
    help: 'Carries the campaign out on your server before the page is sent. It needs kclient.php beside it, the next snippet.',
    language: 'php',
    code: ({ origin, campaign: { token } }) => phpClient(origin, token),
  },
  php_client_file: {
    title: 'kclient.php',
    help: 'The PHP client itself: save it as kclient.php beside your page.',
    language: 'php',
    code: phpClientFile,
  },
  php_redirect: {
    title: 'PHP redirect',
    help: 'Sends visitors of a PHP page on to the campaign, with the parameters of the page.',
    language: 'php',
    code: ({ campaignUrl }) => phpRedirect(campaignUrl),
  },
  js_link: {
    title: 'JavaScript redirect',
    help: 'Sends visitors of any page on to the campaign, with the referrer, title and parameters of the page.',
    language: 'html',
    code: page.jsLink,
  },
  iframe: {
    title: 'Frame',
    help: 'Shows the campaign in a frame where it is pasted.',
    language: 'html',
    code: page.iframe,
  },
  script_tag: {
    title: 'Script tag',
    help: 'Shows the campaign where it is pasted, without a frame; a redirect takes the whole page along.',
    language: 'html',
    code: page.scriptTag,
  },
  pixel: {
    title: 'Pixel',
    help: 'Counts a click when it is seen, in pages and mails without scripts. Nothing of the campaign is shown.',
    language: 'html',
    code: page.pixel,
  },
  click_api: {
    title: 'Click API',
    help: 'For other languages: tell about a visitor, get what to answer as JSON. The token lets its holder name any visitor, so it stays on your server.',
    language: 'shell',
    code: ({ origin, campaign: { token } }) =>
      `curl ${origin}/click_api/v3 --data-urlencode ${shellQuoted(`token=${token}`)} \\
  -d version=3 -d info=1 -d ip=8.8.8.8 -d language=en \\
  --data-urlencode 'user_agent=${SOME_BROWSER}' \\
  --data-urlencode 'referrer=https://site.example/'`,
  },
  update_click: {
    title: 'Change the sub ids of a click',
    help: 'Sets sub_id_1 to sub_id_30 of a click later on, for instance from a landing page. Links that were given out keep the old ones.',
    language: 'url',
    code: ({ origin }) => `${origin}/?_update_tokens=1&sub_id={subid}&sub_id_1=VALUE`,
  },
} as const satisfies Record<string, SnippetDef>

/** Every snippet, filled in. */
export const fillSnippets = (place: SnippetPlace) =>
  Object.entries<SnippetDef>(snippets).map(([key, { title, help, language, code }]) => ({
    key,
    title,
    help,
    language,
    code: code(place),
  }))

/** A whole one: less would make the first try a bot's. */
const SOME_BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

const shellQuoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
