import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseEcb } from './ecb.ts'

const DAILY = `<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
	<gesmes:subject>Reference rates</gesmes:subject>
	<gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
	<Cube>
		<Cube time='2026-02-03'>
			<Cube currency='USD' rate='1.0845'/>
			<Cube currency='JPY' rate='163.2'/>
		</Cube>
	</Cube>
</gesmes:Envelope>`
const NINETY = `<Cube><Cube time="2026-02-03"><Cube currency="USD" rate="1.0845"/></Cube><Cube time="2026-02-02"><Cube currency="USD" rate="1.08"/></Cube></Cube>`
const DAILY_CSV = 'Date, USD, JPY, \n3 February 2026, 1.0845, 163.2, \n'
const HISTORY = 'Date,USD,JPY,BGN,\n2026-02-03,1.0845,163.2,N/A,\n2025-12-31,1.04,162,1.9558,\n'
const FIRST = { day: '2026-02-03', perEuro: { USD: 1.0845, JPY: 163.2 } }

const read = (text: string) => {
  const days = parseEcb(text)
  assert.ok(days.ok, JSON.stringify(days))
  return days.value
}
const refused = (text: string): string => {
  const days = parseEcb(text)
  assert.ok(!days.ok, text)
  return days.problems.map(({ message }) => message).join('; ')
}

describe('files of the European Central Bank', () => {
  it('are read in every form they come in', () => {
    assert.deepEqual(read(DAILY), [FIRST])
    assert.deepEqual(read(`\ufeff${DAILY}`), [FIRST])
    assert.deepEqual(
      read(NINETY).map(({ day, perEuro }) => [day, perEuro.USD]),
      [
        ['2026-02-03', 1.0845],
        ['2026-02-02', 1.08],
      ],
    )
    assert.deepEqual(read(DAILY_CSV), [FIRST])
    assert.deepEqual(read(HISTORY), [FIRST, { day: '2025-12-31', perEuro: { USD: 1.04, JPY: 162, BGN: 1.9558 } }])
    assert.deepEqual(read(HISTORY.replaceAll('\n', '\r\n')), read(HISTORY))
  })

  it('that are none, or damaged, are refused with what is wrong', () => {
    for (const [text, why] of [
      ['', /does not begin with Date/],
      ['<html><body>Not found</body></html>', /holds no rates/],
      ['Date,USD\n', /holds no rates/],
      ['Date,USD\nyesterday,1\n', /the day "yesterday", which is none/],
      ['Date,USD\n2026-02-30,1\n', /the day "2026-02-30", which is none/],
      ['Date,USD\n2026-02-03,1e9\n', /gives USD of 2026-02-03 the rate "1e9"/],
      ['Date,USD\n2026-02-03,-1\n', /the rate "-1"/],
      ['Date,USD\n2026-02-03,0\n', /the rate "0"/],
      ['Date,__proto__\n2026-02-03,1\n', /names the currency "__proto__"/],
      ["<Cube currency='USD' rate='1'/>", /before any day/],
      ["<Cube time='2026-02-03'><Cube currency='USD'/></Cube>", /the rate ""/],
    ] as const)
      assert.match(refused(text), why)
  })

  it('never break the reader', () =>
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('', '<', 'Date,USD\n', DAILY), (noise, start) => {
        parseEcb(start + noise)
        parseEcb(start.slice(0, start.length / 2) + noise)
      }),
    ))
})
