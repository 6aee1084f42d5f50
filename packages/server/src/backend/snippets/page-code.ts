/** Code that people paste into their pages. What is filled in comes from an address and an alias, both of safe letters. */

export interface PagePlace {
  /** Where the campaign is, e.g. `https://go.example.com/abc`. */
  readonly campaignUrl: string
  /** Scheme and host of the tracker. */
  readonly origin: string
  /** Where pages report conversions of the campaign: with its token in place of the postback key, which is a secret. */
  readonly pagePostbackUrl: string
  /** How long a page keeps its click. */
  readonly keepSeconds: number
}

/** Address of the campaign with who sent the visitor, the page's title and its parameters (reference click-processing §1.3). */
const ADDRESS = `'?se_referrer=' + encodeURIComponent(document.referrer) +
    '&default_keyword=' + encodeURIComponent(document.title) + '&' + location.search.slice(1)`

export const jsLink = ({ campaignUrl }: PagePlace): string => `<script>
  location.replace('${campaignUrl}' + ${ADDRESS})
</script>`

export const iframe = ({ campaignUrl }: PagePlace): string => `<div id="trackyard-frame"></div>
<script>
  var frame = document.createElement('iframe')
  frame.src = '${campaignUrl}' + ${ADDRESS}
  frame.style.cssText = 'width:100%;height:600px;border:0'
  document.getElementById('trackyard-frame').appendChild(frame)
</script>`

export const scriptTag = ({ campaignUrl }: PagePlace): string =>
  `<script src="${campaignUrl}?return=js" async></script>`

export const pixel = ({ campaignUrl }: PagePlace): string =>
  `<img src="${campaignUrl}?return=pixel" width="1" height="1" alt="">`

/** For the page that thanks for the order: it needs no script. */
export const conversionPixel = ({ pagePostbackUrl }: PagePlace): string =>
  `<img src="${pagePostbackUrl}?return=img&subid={subid}&status=lead&payout=0" width="1" height="1" alt="">`

/** What is called before the library is there waits in lists that it works off. */
export const trackingScript = ({ campaignUrl, origin, pagePostbackUrl }: PagePlace): string => `<script>
  window.KTracking = window.KTracking || {
    collectNonUniqueClicks: false, // true: every page view is a click
    multiDomain: false, // true: subdomains share the click
    R_PATH: '${campaignUrl}',
    P_PATH: '${pagePostbackUrl}',
    listeners: [],
    queued: [],
    reportConversion: function () { this.queued.push(arguments) },
    getSubId: function (listener) { this.listeners.push(listener) },
    ready: function (listener) { this.listeners.push(listener) }
  }
</script>
<script src="${origin}/js/k.min.js" async></script>
<noscript><img src="${campaignUrl}?return=pixel" width="0" height="0" alt=""></noscript>`

/** What a page does with the script above. */
export const trackingConversion = (): string => `<script>
  KTracking.reportConversion(9.99, 'sale', { tid: 'ORDER_ID' })
</script>`

export const pageClient = ({ campaignUrl, pagePostbackUrl, keepSeconds }: PagePlace): string => `<script>
(function () {
  var unique = true, ttl = ${keepSeconds}, name = 'KClient'
  window[name] = { R_PATH: '${campaignUrl}', P_PATH: '${pagePostbackUrl}' }
  var page = window[name], store = {}, query = ''
  try {
    store = localStorage
    var config = JSON.parse(store.getItem('config') || '{}')
    if (!unique || !(config.created_at + ttl > Date.now() / 1000)) {
      ['subId', 'token', 'config'].forEach(function (key) { store.removeItem(key) })
    } else {
      query = '&sub_id=' + store.getItem('subId') + '&token=' + store.getItem('token')
    }
  } catch (e) {}
  var script = document.createElement('script')
  script.src = page.R_PATH + '?return=js.client&' + location.search.slice(1) +
    '&se_referrer=' + encodeURIComponent(document.referrer) + '&default_keyword=' + encodeURIComponent(document.title) +
    '&landing_url=' + encodeURIComponent(location.host + location.pathname) +
    '&name=' + name + '&host=' + encodeURIComponent(page.R_PATH) + query
  document.head.appendChild(script)
})()
</script>`

export const adapter = ({ origin, pagePostbackUrl }: PagePlace): string =>
  `<script src="${origin}/js/adapter.min.js" data-subid="{subid}" data-token="{token}" data-postback="${pagePostbackUrl}"></script>
<a href="{offer}">To the offer</a>`
