// adapter.min.js, for landing pages: finds the click, fills the links, sends conversions.
import { clickTools, fillLinks, isSubId, ofPage, readCookie, recall, writeCookie } from './lib.js'

const script = document.currentScript
const own = script ? script.dataset : {}
const tracker = new URL(script ? script.src : location.href).origin

// In a page of the tracker {subid} was filled in; elsewhere it stays and says nothing.
const given = (text) => (text && !/[{}]/.test(text) ? text : '')
const client = window.KClient || window.KTracking || {}

const subId =
  [
    given(own.subid),
    client.subId,
    ofPage('_subid'),
    ofPage('subid'),
    readCookie('subid'),
    readCookie('_subid'),
    recall('subId'),
  ].find((text) => text && isSubId(text)) || ''
const token =
  [given(own.token), client.token, ofPage('_token'), readCookie('_token'), recall('token')].find(Boolean) || ''

const days = Number(own.days) || 30
if (subId) writeCookie('subid', subId, days * 86400)
if (token) writeCookie('_token', token, days * 86400)

const tools = clickTools(tracker, own.postback || '', subId, token)
window.KAdapter = {
  ...tools,
  subId,
  token,
  getSubId: () => subId,
  getToken: () => token,
  readCookie,
  writeCookie: (name, value, forDays) => writeCookie(name, value, (forDays || days) * 86400),
}
if (token) fillLinks(tracker, tools.getOffer, subId, token)
