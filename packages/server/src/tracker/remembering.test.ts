import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { remembering } from './remembering.ts'

describe('remembering', () => {
  it('reads a text once while it is asked for, and again when so many others came that it was forgotten', () => {
    const asked: string[] = []
    const length = remembering(2, 5, (text) => asked.push(text) && text.length)
    for (const text of ['a', 'bb', 'a', 'ccc', 'a', 'ccc', 'bb']) assert.equal(length(text), text.length)
    assert.deepEqual(asked, ['a', 'bb', 'ccc'])
    for (const text of ['1', '2', '3', '4', 'a']) length(text)
    assert.deepEqual(asked.slice(3), ['1', '2', '3', '4', 'a'])
  })

  it('keeps no text that is too long, and remembers that something is nothing', () => {
    let asked = 0
    const nothing = remembering(10, 5, () => {
      asked++
      return null
    })
    for (const text of ['short', 'short', 'longer', 'longer']) assert.equal(nothing(text), null)
    assert.equal(asked, 3)
  })
})
