// The answer of a campaign that was loaded by <script src="…?return=js">: shown where the script stands.
import { showInstead, whenReady } from './lib.js'

const place = DATA
const script = document.currentScript

if (place.to || /^\s*(<!doctype|<html)/i.test(place.html)) showInstead(place)
else if (standsInPage()) script.after(content())
else whenReady(() => document.body.append(content()))

function standsInPage() {
  return script !== null && script.closest('body') !== null
}

function content() {
  if (place.text) return document.createTextNode(place.text)
  // Scripts inside are run, as they would be in a page.
  return document.createRange().createContextualFragment(place.html)
}
