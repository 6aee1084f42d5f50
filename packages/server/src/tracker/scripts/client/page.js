// The answer to return=js.client: keeps the click for the page, fills its links, and carries out the stream's action.
import { clickTools, fillLinks, recall, showInstead, storeClick } from './lib.js'

const { name, tracker, subId, token, ttl, isKnown, place } = DATA

// A click that was known keeps its end: "24 h" are counted from when it was made.
if (!isKnown || recall('subId') !== subId) storeClick(subId, token, ttl)

const given = (name && window[name]) || {}
const tools = clickTools(tracker, given.P_PATH || recall('P_PATH'), subId, token)
const own = { ...tools, subId, token, sub_id: subId, getSubId: () => subId, getToken: () => token }
try {
  if (name && typeof given === 'object') window[name] = Object.assign(given, own)
} catch (_) {}
window.dispatchEvent(new CustomEvent('trackyard:click', { detail: own }))

if (place) showInstead(place)
else fillLinks(tracker, tools.getOffer, subId, token)
