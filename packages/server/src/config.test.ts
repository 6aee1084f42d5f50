import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ConfigError, readConfig } from './config.ts'

const refusalOf = (env: Readonly<Record<string, string>>): string => {
  try {
    readConfig(env)
    return ''
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.message
  }
}

describe('readConfig', () => {
  it('names everything that is wrong, each once', () => {
    const message = refusalOf({
      TRACKYARD_PORT: 'eighty',
      TRACKYARD_API_KEY: 'short',
      TRACKYARD_API_DIALECT: '2018',
      TRACKYARD_TRUST_PROXY: '10.0.0.0/99, ::1, nowhere',
      TRACKYARD_REDIS_URL: 'redis://x',
      TRACKYARD_POSTBACK_KEY_FILE: '/nowhere/at/all',
    })
    for (const words of [
      'TRACKYARD_PORT must be a whole number',
      'TRACKYARD_API_KEY must be 16',
      'TRACKYARD_API_DIALECT must be one of 2017, modern',
      '"10.0.0.0/99" is not',
      '"nowhere" is not',
      'TRACKYARD_REDIS_URL is not supported',
      'TRACKYARD_POSTBACK_KEY_FILE names /nowhere/at/all',
    ])
      assert.equal(message.split(words).length, 2, `${words}: ${message}`)
    assert.ok(!message.includes('\n'))
  })

  it('refuses one port for two listeners, unless the second does not listen', () => {
    const same = { TRACKYARD_PORT: '9000', TRACKYARD_STORE_PORT: '9000' }
    assert.match(refusalOf(same), /TRACKYARD_STORE_PORT and TRACKYARD_PORT are both 9000/)
    assert.equal(refusalOf({ ...same, TRACKYARD_CLICKHOUSE_URL: 'http://elsewhere:8123' }), '')
    assert.equal(refusalOf({ TRACKYARD_PORT: '0', TRACKYARD_STORE_PORT: '0' }), '')
  })
})
