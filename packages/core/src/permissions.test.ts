import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Access,
  type AccessType,
  administratorAccess,
  mayCreate,
  mayCreateSome,
  mayOpen,
  mayRead,
  mayWrite,
  parseAccess,
  presentAccess,
  reportsOn,
} from './permissions.ts'

const accessOf = (data: unknown): Access => {
  const access = parseAccess(data)
  assert.ok(access.ok, JSON.stringify(access))
  return access.value
}
const listed = { id: 7, groupId: null, isOwn: false }
const grouped = { id: 8, groupId: 4, isOwn: false }
const own = { id: 9, groupId: null, isOwn: true }
const foreign = { id: 10, groupId: 5, isOwn: false }

describe('access to entities', () => {
  /** Per type: read and write of what is listed, in a group, own and foreign. */
  const table: Record<AccessType, readonly [reads: string, writes: string, creates: boolean]> = {
    full_access: ['listed grouped own foreign', 'listed grouped own foreign', true],
    read_only: ['listed grouped own foreign', '', false],
    to_groups_and_selected: ['listed grouped', 'listed grouped', true],
    created_by_user_groups_and_selected: ['listed grouped own', 'listed grouped own', true],
    own: ['own', 'own', true],
    none: ['', '', false],
  }
  for (const [type, [reads, writes, creates]] of Object.entries(table)) {
    it(`is as ${type} says`, () => {
      const access = accessOf({
        offers_access_type: type,
        offers_selected_entities: ['7'],
        offers_selected_groups: [4],
      })
      for (const [name, subject] of Object.entries({ listed, grouped, own, foreign })) {
        assert.equal(mayRead(access, 'offers', subject), reads.split(' ').includes(name), `read ${name}`)
        assert.equal(mayWrite(access, 'offers', subject), writes.split(' ').includes(name), `write ${name}`)
        assert.equal(mayRead(access, 'domains', subject), false, 'nothing is allowed that was not said')
      }
      assert.equal(mayCreateSome(access, 'offers'), creates)
    })
  }

  it('lets create only where the user could change it afterwards', () => {
    const access = accessOf({ offers_access_type: 'to_groups_and_selected', offers_groups: [4] })
    assert.deepEqual([mayCreate(access, 'offers', 4), mayCreate(access, 'offers', 5)], [true, false])
    assert.equal(mayCreate(access, 'offers', null), false)
  })

  it('shows the groups that are named', () => {
    const access = accessOf({ offers_access_type: 'to_groups_and_selected', offers_groups: [4] })
    assert.equal(mayRead(access, 'groups', { ...listed, id: 4 }), true)
    assert.equal(mayWrite(access, 'groups', { ...listed, id: 4 }), false)
    assert.equal(mayRead(access, 'groups', { ...listed, id: 5 }), false)
  })
})

describe('access_data', () => {
  it('is read back as it was shown', () => {
    const data = {
      campaigns_access_type: 'own',
      offers_selected_groups: [3],
      resources: ['offers'],
      reports: ['clicks'],
    }
    const access = accessOf(data)
    assert.deepEqual(accessOf(presentAccess(access)), access)
    assert.deepEqual(accessOf(presentAccess(accessOf({}))), accessOf(null))
  })

  it('opens every section unless some are listed', () => {
    assert.equal(mayOpen(accessOf({}), 'offers'), true)
    assert.equal(mayOpen(accessOf({ resources: ['campaigns'] }), 'offers'), false)
    assert.equal(mayOpen(accessOf({ resources: [] }), 'offers'), false)
    assert.equal(mayOpen(accessOf({ allowed_resources: ['campaigns'] }), 'offers'), false)
    assert.equal(mayOpen(accessOf({ allowed_resources: [] }), 'offers'), true)
  })

  it('says which campaigns reports are about', () => {
    assert.equal(reportsOn(administratorAccess), 'all')
    assert.equal(reportsOn(accessOf({ campaigns_access_type: 'read_only' })), 'all')
    assert.equal(reportsOn(accessOf({ campaigns_access_type: 'own' })), 'visible')
    assert.equal(reportsOn(accessOf({})), 'visible')
  })

  it('is refused where it cannot be read', () => {
    for (const data of ['all', 5, { offers_groups: 'x' }, { offers_access_type: 'constructor' }, { reports: 'clicks' }])
      assert.equal(parseAccess(data).ok, false, JSON.stringify(data))
  })
})
