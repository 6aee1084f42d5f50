import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { storedAddress, withoutAddress } from './address-privacy.ts'

describe('addresses that are not stored whole', () => {
  it('keep their block', () => {
    const cases = [
      ['203.0.113.77', '203.0.113.0'],
      ['255.255.255.255', '255.255.255.0'],
      ['2001:db8:aa:bb:cc::1', '2001:db8:aa::'],
      ['2001:DB8::1', '2001:db8:0::'],
      ['::1', '0:0:0::'],
      ['', ''],
      ['not an address', 'not an address'],
    ] as const
    for (const [address, stored] of cases) {
      assert.equal(storedAddress(address, 'truncate', 's'), stored)
      assert.equal(storedAddress(address, 'keep', 's'), address)
      assert.equal(storedAddress(stored, 'truncate', 's'), stored, 'twice is once')
    }
  })

  it('become a code that only the secret tells', () => {
    const code = storedAddress('203.0.113.77', 'hash', 'one')
    assert.match(code, /^ip-[0-9a-f]{16}$/)
    assert.equal(storedAddress('203.0.113.77', 'hash', 'one'), code)
    assert.notEqual(storedAddress('203.0.113.78', 'hash', 'one'), code)
    assert.notEqual(storedAddress('203.0.113.77', 'hash', 'another'), code)
  })

  it('leave no trace in what is written down, and nothing else is touched', () => {
    const kept = (text: string, address: string): string => withoutAddress(text, address, 'truncate', 's')
    assert.equal(
      kept('{"ip":"1.2.3.4","x":"a=1.2.3.4&b","y":"1.2.3.4."}', '1.2.3.4'),
      '{"ip":"1.2.3.0","x":"a=1.2.3.0&b","y":"1.2.3.0."}',
    )
    assert.equal(kept('11.2.3.4 1.2.3.45 1.2.3.4.5 v1.2.3.4', '1.2.3.4'), '11.2.3.4 1.2.3.45 1.2.3.4.5 v1.2.3.4')
    const six = '2001:db8:aa:bb::7'
    assert.equal(
      kept(`${six} ${encodeURIComponent(six)} ${six.toUpperCase()}`, six),
      '2001:db8:aa:: 2001%3Adb8%3Aaa%3A%3A 2001:db8:aa::',
    )
    assert.equal(kept('anything', ''), 'anything')
  })
})
