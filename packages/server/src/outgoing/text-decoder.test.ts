import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decodeStart, decodeText, pieceDecoder } from './text-decoder.ts'

function inPieces(bytes: Uint8Array, at: readonly number[], contentType: string): string {
  const decoder = pieceDecoder(contentType)
  const places = [...new Set(at.map((one) => one % (bytes.length + 1)))].sort((a, b) => a - b)
  const texts = [0, ...places].map((start, index) => decoder.push(bytes.subarray(start, places[index])))
  return texts.join('') + decoder.end()
}

/** Russian as old pages have it. */
const toWindows1251 = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => {
    const code = character.charCodeAt(0)
    return code < 0x80 ? code : code - 0x350
  })

const META = '<meta charset="windows-1251">'
const padding = fc.nat(3000).map((length) => 'x'.repeat(length))
const russian = fc.array(fc.constantFrom(...'Привет, мир <p>'), { maxLength: 40 }).map((all) => all.join(''))
const places = fc.array(fc.nat(10_000), { maxLength: 10 })

describe('text in pieces', () => {
  it('reads as it would whole, wherever it is cut', () =>
    fc.assert(
      fc.property(padding, fc.string({ unit: 'grapheme' }), russian, places, (start, text, more, at) => {
        const utf8 = new TextEncoder().encode(start + text.toWellFormed() + more)
        assert.equal(inPieces(utf8, at, 'text/html'), decodeText(utf8, 'text/html'))
        const old = toWindows1251(META + start + more)
        assert.equal(inPieces(old, at, 'text/html'), META + start + more)
        const named = toWindows1251(start + more)
        assert.equal(inPieces(named, at, 'text/html; charset="Windows-1251"'), start + more)
      }),
      { numRuns: 300 },
    ))
  it('may be cut within a character', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(60), (text, length) => {
        const bytes = new TextEncoder().encode(text.toWellFormed()).subarray(0, length)
        const start = decodeStart(bytes, '')
        assert.ok(text.toWellFormed().startsWith(start))
        assert.ok(new TextEncoder().encode(start).length >= bytes.length - 4)
      }),
    ))
  it('is windows-1252 where nothing else is said or known, and the mark in front goes', () => {
    const bytes = Uint8Array.from([0xe9, 0x21])
    assert.equal(inPieces(bytes, [1], 'text/html; charset=x-none'), 'é!')
    assert.equal(decodeText(bytes, ''), 'é!')
    assert.equal(inPieces(new TextEncoder().encode('\ufeff<p>'), [1, 2], ''), '<p>')
  })
  it('is not spoilt by a wrong character behind good ones', () => {
    const bytes = Buffer.concat([Buffer.from(`é${'x'.repeat(3000)}`), Buffer.from([0xff]), Buffer.from('é')])
    const text = inPieces(bytes, [2500], '')
    assert.deepEqual([text.slice(0, 2), text.slice(-3)], ['éx', 'x\ufffdé'])
  })
})
