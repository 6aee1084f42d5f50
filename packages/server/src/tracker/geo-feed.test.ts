import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseIp } from '@trackyard/core/filters/ip-match.ts'
import { buildAsn, loadAsn, lookUpAsn } from './asn.ts'
import { followGeo } from './geo-feed.ts'
import { tinyMmdb } from './mmdb.fixture.ts'
import { toNetwork } from './networks.ts'

const dir = mkdtempSync(join(tmpdir(), 'trackyard-geo-'))
after(() => rmSync(dir, { recursive: true }))
const LOOK_MS = 20

const said: string[] = []
const say = (message: string): void => void said.push(message)
const log = { debug: say, info: say, warn: say, error: say }

/** Waits for what comes with some look. */
async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !isSo(); tries++) await sleep(LOOK_MS)
  assert.ok(isSo())
}

const asnRows = (owner: string) =>
  `1.0.0.0,1.0.0.255,16509,"${owner}"\n2.0.0.0,2.0.255.255,21928,"T-Mobile USA, Inc."\n`
function writeAsn(asnDir: string, owner: string): void {
  writeFileSync(join(asnDir, 'asn-ipv6.csv'), '2001:db8::,2001:db8:ffff::,64500,"Example, Ltd"\n')
  writeFileSync(join(asnDir, 'asn-ipv4.csv.new'), asnRows(owner))
  renameSync(join(asnDir, 'asn-ipv4.csv.new'), join(asnDir, 'asn-ipv4.csv'))
}

describe('geo data', () => {
  it('are exchanged while visitors come; damaged ones are reported and the last good ones stay', async () => {
    const cityFile = join(dir, 'city.mmdb')
    const cacheDir = mkdtempSync(join(dir, 'cache-'))
    const asnDir = mkdtempSync(join(dir, 'asn-'))
    writeFileSync(cityFile, tinyMmdb({ country_code: 'DE', city: 'Berlin' }, 1000))
    writeAsn(asnDir, 'Amazon.com, Inc.')
    const geo = await followGeo({ cityFile, cacheDir, asnDir, lookMs: LOOK_MS }, log)
    try {
      assert.deepEqual(
        [geo.find('1.0.0.7').country, geo.find('1.0.0.7').city, geo.madeAtSeconds],
        ['DE', 'Berlin', 1000],
      )
      await until(() => geo.find('1.0.0.7').asn === 16509)
      assert.partialDeepStrictEqual(geo.find('1.0.0.7'), {
        isp: 'Amazon.com, Inc.',
        isDatacenter: true,
        connectionType: '',
      })
      assert.partialDeepStrictEqual(geo.find('2.0.9.9'), {
        operator: 'tmobile_us',
        connectionType: 'cellular',
        isDatacenter: false,
      })

      writeFileSync(cityFile, tinyMmdb({ country_code: 'FR', city: 'Paris', connection_type: 'Cable/DSL' }, 2000))
      await until(() => geo.find('1.0.0.7').country === 'FR')
      assert.deepEqual([geo.find('1.0.0.7').connectionType, geo.madeAtSeconds, geo.failures], ['cable', 2000, 0])

      for (const [nr, damaged] of damagedFiles().entries()) {
        writeFileSync(cityFile, damaged)
        await until(() => geo.failures === nr + 1)
        assert.equal(geo.find('1.0.0.7').city, 'Paris')
      }
      assert.match(said.at(-1) ?? '', /cannot be used; the last good data stay/)
      writeFileSync(cityFile, tinyMmdb({ country_code: 'IT' }, 3000))
      await until(() => geo.find('1.0.0.7').country === 'IT')

      const before = geo.failures
      writeAsn(asnDir, 'Example Broadband')
      await until(() => geo.find('1.0.0.7').isp === 'Example Broadband')
      assert.equal(geo.find('1.0.0.7').isDatacenter, false)
      writeFileSync(join(asnDir, 'asn-ipv4.csv'), 'no ranges at all')
      await until(() => geo.failures === before + 1)
      assert.equal(geo.find('1.0.0.7').isp, 'Example Broadband')
    } finally {
      geo.close()
    }
  })

  it('that were damaged before the start are replaced by the bundled ones', async () => {
    const cityFile = join(dir, 'broken.mmdb')
    writeFileSync(cityFile, 'not a database')
    const geo = await followGeo({ cityFile, cacheDir: dir, asnDir: dir, lookMs: 60_000 }, log)
    geo.close()
    assert.equal(geo.find('8.8.8.8').country, 'US')
    await assert.rejects(followGeo({ cityFile: join(dir, 'missing.mmdb'), cacheDir: dir }, log), /does not exist/)
  })
})

/** Empty, foreign, cut off, pointing beyond its end. */
function damagedFiles(): Buffer[] {
  const whole = tinyMmdb({ country_code: 'XX' }, 1)
  return [
    Buffer.alloc(0),
    Buffer.from('<html>'),
    whole.subarray(0, whole.length - 30),
    Buffer.concat([Buffer.alloc(6, 255), whole.subarray(6)]),
  ]
}

describe('networks', () => {
  it('are found by both families of addresses, at both ends of their ranges', async () => {
    const asnDir = mkdtempSync(join(dir, 'asn-'))
    const cacheDir = mkdtempSync(join(dir, 'cache-'))
    writeAsn(asnDir, 'Example')
    await buildAsn(asnDir, cacheDir)
    const table = loadAsn(cacheDir)
    const asnOf = (ip: string) => lookUpAsn(table, parseIp(ip))?.asn ?? 0
    assert.deepEqual(
      ['1.0.0.0', '1.0.0.255', '1.0.1.0', '0.255.255.255', '::ffff:2.0.0.1'].map(asnOf),
      [16509, 16509, 0, 0, 21928],
    )
    assert.deepEqual(
      ['2001:db8::1', '2001:db8:ffff:1::', '2001:db9::', '::', 'nonsense', ''].map(asnOf),
      [64500, 64500, 0, 0, 0, 0],
    )
  })
  it('a damaged table is none', async () => {
    const cacheDir = mkdtempSync(join(dir, 'cache-'))
    const asnDir = mkdtempSync(join(dir, 'asn-'))
    writeAsn(asnDir, 'Example')
    await buildAsn(asnDir, cacheDir)
    const file = join(cacheDir, 'asn-3.bin')
    const whole = readFileSync(file)
    for (const damaged of [whole.subarray(0, -8), whole.subarray(40), Buffer.from('{}\n'), Buffer.from('null\n')]) {
      writeFileSync(file, damaged)
      assert.equal(loadAsn(cacheDir), null)
    }
  })
  it('of companies that rent out servers are told from those of people', () => {
    const isDatacenter = (name: string, asn = 1) => toNetwork(asn, name).isDatacenter
    for (const name of [
      'Amazon.com, Inc.',
      'Hetzner Online GmbH',
      'OVH SAS',
      'DigitalOcean, LLC',
      'Google LLC',
      'EGIHosting',
      'Zappie Host LLC',
      'HZ Hosting Ltd',
      'Host Europe GmbH',
      'IBM Cloud',
      'Your Hosting B.V.',
      'CHINANET SiChuan Telecom Internet Data Center',
    ])
      assert.equal(isDatacenter(name), true, name)
    for (const name of [
      'T-Mobile USA, Inc.',
      'Deutsche Telekom AG',
      'Amazonet Telecom',
      'Oraclenet',
      'Comcast Cable Communications, LLC',
      'Reliance Jio Infocomm Limited',
      'Telefonica de Espana',
      'Apple Inc.',
      '',
    ])
      assert.equal(isDatacenter(name), false, name)
    assert.equal(isDatacenter('Cloudflare, Inc.', 13335), false)
  })
})
