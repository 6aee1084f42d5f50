import assert from 'node:assert/strict'
import { it } from 'node:test'
import { reportNames } from './query.ts'
import { titleOf } from './titles.ts'

it('calls columns as people do', () => {
  for (const [name, title] of [
    ['clicks', 'Clicks'],
    ['sale_revenue', 'Revenue (confirmed)'],
    ['confirmed_revenue', 'Revenue (confirmed)'],
    ['profit_change_percent', 'Profit, change %'],
    ['campaign', 'Campaign'],
    ['ad_campaign_id', 'Ad campaign ID'],
    ['ts', 'Traffic source'],
    ['sub_id_12', 'Sub ID 12'],
    ['ip_mask1', 'IP network /16'],
    ['datetime', 'Time'],
    ['postback_datetime', 'Postback time'],
    ['custom_conversion_7', 'Custom 7'],
  ] as const)
    assert.equal(titleOf(name), title)
})

it('calls metrics of own statuses as those are called', () => {
  const own = new Map([[7, 'Install']])
  assert.equal(titleOf('custom_conversion_7', own), 'Install')
  assert.equal(titleOf('custom_conversion_7_revenue', own), 'Revenue (Install)')
  assert.equal(titleOf('custom_conversion_8', own), 'Custom 8')
})

it('tells the columns of each kind apart', () => {
  for (const names of [
    [...reportNames.dimensions, ...reportNames.metrics.filter((name) => !reportNames.dimensions.includes(name))],
    reportNames.clickLog,
    reportNames.conversionLog,
  ]) {
    const titles = names.map((name) => titleOf(name))
    assert.deepEqual(
      titles.filter((title, i) => titles.indexOf(title) !== i),
      [],
    )
  }
})
