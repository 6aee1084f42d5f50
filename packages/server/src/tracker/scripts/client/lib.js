// What the scripts in visitors' browsers share. Old in-app browsers run them, so the language is that of 2018.

// Storage is refused in some frames and private windows; nothing may break for that.
export function recall(key) {
  try {
    return localStorage.getItem(key) || ''
  } catch (_) {
    return ''
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(key, value)
  } catch (_) {}
}

export function readCookie(name) {
  try {
    const found = document.cookie.split('; ').find((part) => part.startsWith(`${name}=`))
    return found ? found.slice(name.length + 1) : ''
  } catch (_) {
    return ''
  }
}

export function writeCookie(name, value, seconds, domain) {
  const secure = location.protocol === 'https:' ? '; Secure' : ''
  try {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store is not everywhere yet
    document.cookie = `${name}=${value}; path=/; max-age=${seconds}; SameSite=Lax${domain ? `; domain=${domain}` : ''}${secure}`
  } catch (_) {}
}

export const ofPage = (name) => new URLSearchParams(location.search).get(name) || ''

export const isSubId = (text) => /^[a-z0-9]{10,24}$/.test(text)

// A click is known for so many seconds, counted from when it was made. Cookies come first: other pages of the site, on
// its server or its subdomains, may have made a newer one.
export function storedClick() {
  const known = readCookie('_subid')
  if (isSubId(known)) return { subId: known, token: readCookie('_token') }
  let config = {}
  try {
    config = JSON.parse(recall('config')) || {}
  } catch (_) {}
  const subId = recall('subId')
  const isFresh = config.created_at > 0 && config.created_at + (config.ttl || 86400) > Date.now() / 1000
  return isFresh && isSubId(subId) ? { subId, token: recall('token') } : null
}

export function storeClick(subId, token, ttl, domain) {
  remember('subId', subId)
  remember('token', token)
  remember('config', JSON.stringify({ created_at: Math.floor(Date.now() / 1000), ttl }))
  writeCookie('_subid', subId, ttl, domain)
  writeCookie('_token', token, ttl, domain)
}

export const withQuery = (url, params) => {
  const query = new URLSearchParams(params).toString()
  return query ? `${url}${url.includes('?') ? '&' : '?'}${query}` : url
}

// Goes out even when the page is being left.
export const call = (url) => fetch(url, { keepalive: true, credentials: 'omit', cache: 'no-store' })

export function whenReady(run) {
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', run)
  else run()
}

// What a page can do with its click. `tracker` is scheme and host, `postbackUrl` may be ''.
export function clickTools(tracker, postbackUrl, subId, token) {
  return {
    getOffer: (id) => `${tracker}/?_lp=1&_token=${token}${id ? `&offer_id=${id}` : ''}`,
    update: (values) => call(withQuery(`${tracker}/`, { ...values, _update_tokens: 1, sub_id: subId })),
    reportConversion(revenue, status, more) {
      if (!postbackUrl) return Promise.reject(new Error('No postback URL was given to the script'))
      const sent = { ...more, subid: subId }
      if (revenue !== undefined && revenue !== null) sent.payout = revenue
      if (status) sent.status = status
      return call(withQuery(postbackUrl, sent))
    },
  }
}

// Fills {offer}, {offer:12} and {subid} into links and forms, and the token into links to the tracker that lack it.
export function fillLinks(tracker, getOffer, subId, token) {
  const fill = (element) => {
    const name = element.tagName === 'FORM' ? 'action' : 'href'
    const link = element.getAttribute(name)
    if (!link) return
    let filled = link
      .replace(/^(?:https?:)?(?:\/\/)?(?:\{|%7B)offer(?::(\d+))?(?:\}|%7D)/i, (_, id) => getOffer(id))
      .replace(/(?:\{|%7B)sub_?id(?:\}|%7D)/gi, subId)
    const isOurs = filled.replace(/^https?:/, '').startsWith(`${tracker.replace(/^https?:/, '')}/`)
    const isOffer = isOurs && /[?&]_lp=/.test(filled)
    if (isOffer && !/[?&]_token=[^&#]/.test(filled)) {
      const [address, ...anchor] = filled.split('#')
      filled = [`${address}&_token=${token}`, ...anchor].join('#')
    }
    // By GET a form would leave the query of its address behind.
    if (isOffer && name === 'action') element.method = 'post'
    if (filled !== link) element.setAttribute(name, filled)
  }
  whenReady(() => document.querySelectorAll('a[href],area[href],form[action]').forEach(fill))
  // Links that were added later are filled when they are followed.
  addEventListener(
    'click',
    (event) => {
      const link = event.target instanceof Element ? event.target.closest('a[href],area[href]') : null
      if (link) fill(link)
    },
    true,
  )
}

// Carries out an answer: goes to an address, or shows a page in place of this one.
export function showInstead(place) {
  if (place.to) return location.replace(place.to)
  // Not at once: while a script runs, its page cannot be written anew.
  setTimeout(() => {
    document.open()
    document.write(place.html || '<!doctype html><pre></pre>')
    document.close()
    if (!place.html) document.querySelector('pre').textContent = place.text
  }, 0)
}
