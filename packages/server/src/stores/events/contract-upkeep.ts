import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AT_MS, clickRow, makeSubId } from './contract-rows.ts'
import { toLine } from './line.ts'
import type { EventStore } from './port.ts'

/** Click, address and parameters of the lines about these clicks in the log of postbacks. */
export type LoggedPostbacks<Store> = (store: Store, ...subIds: readonly string[]) => Promise<unknown[][]>

/** What every event store drops and erases; part of its contract. */
export const upkeepSuite = <Store extends EventStore>(store: () => Store, logged: LoggedPostbacks<Store>): unknown =>
  describe('upkeep', () => {
    it('tells months and drops one, conversions with their clicks, sent postbacks by days', async () => {
      const [old, young] = [Date.UTC(1985, 0, 31, 23, 59, 59, 999), Date.UTC(1985, 1, 1)]
      const ids = [old, old, young].map(makeSubId)
      const rows = ids.map((subId, index) => clickRow(subId, { datetime: index < 2 ? old : young }))
      const lines = rows.map((row, index) => toLine('clicks', row, 9000 + index))
      await store().insertLines('clicks', lines, 'm20')
      const conversions = rows.map((row) => ({ ...row, conversion_id: `${row.sub_id}-1`, postback_datetime: young }))
      const about = conversions.map((row, index) => toLine('conversions', row, 9000 + index))
      await store().insertLines('conversions', about, 'm20')
      const log = [old, young].map((datetime, seq) => toLine('postback_log', { datetime, seq: seq + 50 }, 9000))
      await store().insertLines('postback_log', log, 'm20')
      const sent = [old, young].map((datetime) =>
        toLine('sent_postbacks', { datetime, message_id: 'm', attempt: 1 }, 1),
      )
      await store().insertLines('sent_postbacks', sent, 'm20')
      const days = async () =>
        (await store().months('sent_postbacks')).flatMap(({ month, rows: count }) =>
          month.startsWith('1985') ? [`${month} ${count}`] : [],
        )
      assert.deepEqual(await days(), ['1985-01-31 1', '1985-02-01 1'])
      for (let again = 0; again < 2; again++) await store().dropMonth('sent_postbacks', '1985-01-31')
      assert.deepEqual(await days(), ['1985-02-01 1'])
      for (const table of ['clicks', 'conversions', 'postback_log'] as const) {
        const early = async () => (await store().months(table)).filter(({ month }) => month.startsWith('1985'))
        assert.deepEqual(
          (await early()).map(({ month, rows: count }) => [month, count]),
          table === 'postback_log'
            ? [
                ['1985-01', 1],
                ['1985-02', 1],
              ]
            : [
                ['1985-01', 2],
                ['1985-02', 1],
              ],
        )
        assert.ok((await early()).every(({ bytes }) => bytes > 0))
        for (let again = 0; again < 2; again++) await store().dropMonth(table, '1985-01')
        assert.deepEqual(
          (await early()).map(({ month }) => month),
          ['1985-02'],
        )
      }
      assert.deepEqual([...(await store().loadStates(ids)).keys()], [ids[2]])
      assert.deepEqual([...(await store().loadConversions(ids)).keys()], [ids[2]])
    })

    it('erases lines of logs, for good, and takes what was replaced off the disk', async () => {
      const [erased, other] = [makeSubId(AT_MS), makeSubId(AT_MS)]
      const lines = [erased, other].map((sub_id, index) =>
        toLine(
          'postback_log',
          { datetime: AT_MS, seq: 70 + index, sub_id, ip: '9.9.9.9', params: '{"a":"b"}' },
          70 + index,
        ),
      )
      await store().insertLines('postback_log', lines, 'm21')
      for (let again = 0; again < 2; again++) {
        await store().eraseLogLines(new Map([[erased, 500]]), 'm22')
        // A replay stores them again.
        await store().insertLines('postback_log', lines, 'm21')
      }
      await store().compact('postback_log', null)
      await store().compact('clicks', '2026-02')
      assert.deepEqual(await logged(store(), erased, other), [
        [erased, '', ''],
        [other, '9.9.9.9', '{"a":"b"}'],
      ])
      await store().emptyLog('postback_log')
      await store().emptyLog('sent_postbacks')
      assert.deepEqual(await logged(store(), erased, other), [])
      assert.deepEqual(await store().months('postback_log'), [])
    })
  })
