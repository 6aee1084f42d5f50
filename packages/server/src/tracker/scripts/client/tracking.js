// k.min.js: records the visit of a page as a click and reports conversions. It changes nothing on the page.
import {
  call,
  clickTools,
  fillLinks,
  isSubId,
  ofPage,
  readCookie,
  storeClick,
  storedClick,
  withQuery,
  writeCookie,
} from './lib.js'

const K = window.KTracking || {}
window.KTracking = K
const own = document.currentScript ? document.currentScript.dataset : {}
const campaign = K.R_PATH || own.campaign || ''
const postback = K.P_PATH || own.postback || ''
const tracker = new URL(campaign, document.currentScript ? document.currentScript.src : location.href).origin
const domain = K.multiDomain ? widestDomain() : ''

const RETRY_AFTER_MS = [1000, 5000]
const waiting = []
let click = null

// What the loader took down before this script was there.
const listeners = K.listeners || []
const queued = Array.isArray(K.queued) ? K.queued : K.queued ? [K.queued] : []

K.ready = (listener) => {
  if (typeof listener !== 'function') return
  if (click) listener(click.subId, click.token)
  else waiting.push(listener)
}
K.getSubId = (listener) => {
  K.ready(listener)
  return click ? click.subId : ''
}
K.getToken = (listener) => {
  K.ready(listener && ((_, token) => listener(token)))
  return click ? click.token : ''
}
const later =
  (name) =>
  (...args) =>
    new Promise((done, failed) => K.ready(() => click[name](...args).then(done, failed)))
K.reportConversion = later('reportConversion')
K.update = later('update')
K.getOffer = (id) => (click ? click.getOffer(id) : '')
// The loader's list goes on taking listeners.
K.listeners = { push: K.ready }

for (const listener of listeners) K.ready(listener)
for (const args of queued) K.reportConversion(...args).catch(() => {})

const known = fromAddress() || (K.collectNonUniqueClicks ? null : storedClick())
if (known) use(known.subId, known.token)
else if (campaign) whenShown(() => collect(0))

// A visitor whom the tracker sent here is a click already.
function fromAddress() {
  const subId = ofPage('_subid')
  const token = ofPage('_token')
  if (!isSubId(subId) || !token) return null
  storeClick(subId, token, 86400, domain)
  return { subId, token }
}

// The widest domain that may hold a cookie of this page: browsers refuse those of whole registries, such as .co.uk.
function widestDomain() {
  const labels = location.hostname.split('.')
  for (let count = 2; count <= labels.length; count++) {
    const wide = `.${labels.slice(-count).join('.')}`
    writeCookie('_kt', '1', 9, wide)
    if (!readCookie('_kt')) continue
    writeCookie('_kt', '', 0, wide)
    return wide
  }
  return ''
}

// A page that was loaded ahead is no visit until somebody looks at it.
function whenShown(run) {
  if (document.prerendering) document.addEventListener('prerenderingchange', run, { once: true })
  else run()
}

function collect(attempt) {
  const query = [
    ['return', 'json'],
    ['se_referrer', document.referrer],
    ['default_keyword', document.title],
  ]
  // Own names come last, because the last value counts.
  call(withQuery(campaign, [...new URLSearchParams(location.search), ...query]))
    .then((answer) => answer.json())
    .then((found) => {
      if (!isSubId(found.sub_id)) return
      storeClick(found.sub_id, found.token, found.ttl, domain)
      use(found.sub_id, found.token)
    })
    .catch(() => {
      const delay = RETRY_AFTER_MS[attempt]
      if (delay) setTimeout(() => collect(attempt + 1), delay)
    })
}

function use(subId, token) {
  click = { subId, token, ...clickTools(tracker, postback, subId, token) }
  fillLinks(tracker, click.getOffer, subId, token)
  for (const listener of waiting.splice(0)) {
    // One listener that fails must not keep the others waiting.
    try {
      listener(subId, token)
    } catch (error) {
      setTimeout(() => {
        throw error
      })
    }
  }
}
