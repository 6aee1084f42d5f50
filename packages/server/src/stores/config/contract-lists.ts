import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fail, ok, problem } from '@trackyard/core/result.ts'
import fc from 'fast-check'
import { by, changed, fieldsOf, openedBy } from './contract-tools.ts'
import type { ConfigStore, ConfigWriter } from './port.ts'

/** What every config store promises of whole lists, which it may remember. `open` answers an empty store. */
export function configListsContract(name: string, open: () => Promise<ConfigStore>): void {
  const opened = openedBy(open)

  describe(`ConfigStore, lists: ${name}`, () => {
    it('lists what is there, whatever was changed since it was listed before', () =>
      fc.assert(
        fc.asyncProperty(fc.array(fc.array(someWrite, { maxLength: 4 }), { maxLength: 8 }), (changes) =>
          opened(async (store) => {
            const states = [{ includeDeleted: true }, {}, { onlyDeleted: true }]
            // A page is read anew each time.
            const pages = () => Promise.all(states.map((state) => store.list('offers', { ...state, limit: 1000 })))
            const lists = async () => {
              const found = []
              for (const state of states) found.push(await store.list('offers', state))
              return found
            }
            for (const [index, writes] of changes.entries()) {
              await store.change({ ...by, atMs: by.atMs + index }, async (writer) => {
                for (const write of writes) await carryOut(writer, write)
                assert.deepEqual(await writer.list('offers'), await writer.list('offers', { limit: 1000 }))
                return writes.some(({ what }) => what === 'fail') ? fail(problem('validation', 'No.')) : ok(undefined)
              })
              assert.deepEqual(await lists(), await pages())
            }
          }),
        ),
        { numRuns: 30 },
      ))

    it('lists unchanged entities as the same objects', () =>
      opened(async (store) => {
        const fields = fieldsOf('offers', { name: 'A' })
        await changed(store, async (writer) => {
          for (let i = 0; i < 3; i++) await writer.insert('offers', fields)
        })
        const before = await store.list('offers')
        assert.equal(await store.list('offers'), before)
        await changed(store, (writer) => writer.update('offers', 2, { ...fields, name: 'B' }))
        const after = await store.list('offers')
        assert.deepEqual(
          after.map((offer, index) => offer === before[index]),
          [true, false, true],
        )
        assert.equal(await store.get('offers', 2), after[1])
      }))
  })
}

interface Write {
  readonly what: 'insert' | 'update' | 'archive' | 'note' | 'remove' | 'insertMany' | 'removeMany' | 'fail'
  readonly id: number
}
const someWrite: fc.Arbitrary<Write> = fc.record({
  what: fc.constantFrom('insert', 'insert', 'update', 'archive', 'note', 'remove', 'insertMany', 'removeMany', 'fail'),
  id: fc.integer({ min: 1, max: 6 }),
})

async function carryOut(writer: ConfigWriter, { what, id }: Write): Promise<void> {
  const fields = fieldsOf('offers', { name: `Offer of ${what}` })
  if (what === 'insert') await writer.insert('offers', fields)
  if (what === 'insertMany') await writer.insertMany('offers', [fields, fields])
  if (what === 'removeMany') await writer.removeMany('offers', [id, id + 1])
  if ((await writer.get('offers', id)) === null) return
  if (what === 'update') await writer.update('offers', id, fields)
  if (what === 'archive') await writer.update('offers', id, { ...fields, state: 'deleted' })
  if (what === 'note') await writer.update('offers', id, { ...fields, notes: 'noted' }, { quietly: true })
  if (what === 'remove') await writer.remove('offers', id)
}
