import assert from 'node:assert/strict'
import { buffer, text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { fromBufferPromise } from 'yauzl'
import { csvLine } from './csv.ts'
import { type Cells, workbookOf } from './xlsx.ts'

describe('CSV', () => {
  it('quotes what would be read as something else, and keeps numbers numbers', () => {
    const cells = ['a;b', 'say "x"', 'two\nlines', ' x', -0.05, true, null, ['a', 'b'], { a: 1 }, 'a,b']
    assert.equal(csvLine(cells, ';'), '"a;b";"say ""x""";"two\nlines";" x";-0.05;true;;a, b;"{""a"":1}";a,b\r\n')
    assert.equal(csvLine(['a;b', 'a,b', 'a\tb'], '\t'), 'a;b\ta,b\t"a\tb"\r\n')
  })
  it('has no text that a spreadsheet would work out', () => {
    for (const start of ['=', '+', '-', '@', '\t', '\r'])
      assert.match(csvLine([`${start}cmd|' /C calc'!A0`], ';'), /^"?'/, JSON.stringify(start))
    assert.equal(csvLine([['=1', 'a'], '"=1"'], ';'), `'=1, a;"""=1"""\r\n`)
  })
  it('gives every text back to a reader of RFC 4180', () =>
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), fc.constantFrom(';', ',', '\t'), (cells, separator) => {
        const guarded = cells.map((cell) => (/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell))
        assert.deepEqual(readLine(csvLine(cells, separator), separator), guarded)
      }),
    ))
})

function readLine(line: string, separator: string): string[] {
  assert.ok(line.endsWith('\r\n'))
  const cells: string[] = []
  for (let rest = line.slice(0, -2) + separator; rest !== ''; ) {
    const quoted = /^"((?:[^"]|"")*)"/.exec(rest)
    const end = quoted ? quoted[0].length : rest.indexOf(separator)
    cells.push(quoted ? (quoted[1] ?? '').replaceAll('""', '"') : rest.slice(0, end))
    assert.equal(rest[end], separator)
    rest = rest.slice(end + 1)
  }
  return cells
}

describe('a workbook', () => {
  it('holds numbers, flags and texts of every kind', async () => {
    const parts = await unzip(
      ['name', 'value'],
      [
        [['<&>"\u0000\ud800é', -1.5]],
        [
          ['=1+1', true],
          ['', null],
          ['_x0041_', 1e21],
        ],
      ],
    )
    const sheet = parts.get('xl/worksheets/sheet1.xml') ?? ''
    const inline = (shown: string) => `<c t="inlineStr"><is><t xml:space="preserve">${shown}</t></is></c>`
    assert.ok(sheet.includes(`<row>${inline('name')}${inline('value')}</row>`), sheet)
    assert.ok(sheet.includes(`<row>${inline('&lt;&amp;&gt;"\ufffdé')}<c><v>-1.5</v></c></row>`), sheet)
    assert.ok(sheet.includes(`<row>${inline('=1+1')}<c t="b"><v>1</v></c></row><row><c/><c/></row>`), sheet)
    assert.ok(sheet.includes(`<row>${inline('_x005F_x0041_')}<c><v>1e+21</v></c></row>`), sheet)
    assert.deepEqual([...parts.keys()].sort(), [
      '[Content_Types].xml',
      '_rels/.rels',
      'xl/_rels/workbook.xml.rels',
      'xl/styles.xml',
      'xl/workbook.xml',
      'xl/worksheets/sheet1.xml',
    ])
  })
  it('holds moments and days of the columns that have them as such', async () => {
    const time = '2026-02-03 18:00:00'
    const parts = await unzip(
      ['text', 'text', 'time'],
      [
        [
          [time, '2026-02-03', time],
          ['', null, '2026-02-03'],
          [1, 2, null],
          [1, 2, 'Total'],
        ],
      ],
    )
    const sheet = parts.get('xl/worksheets/sheet1.xml') ?? ''
    assert.match(
      sheet,
      /2026-02-03 18:00:00<\/t><\/is><\/c>.*?2026-02-03<\/t><\/is><\/c><c s="1"><v>46056\.75<\/v><\/c><\/row>/,
    )
    assert.match(sheet, /<c\/><c\/><c s="2"><v>46056<\/v><\/c><\/row>/)
    assert.match(sheet, /<c><v>2<\/v><\/c><c\/><\/row>/)
    assert.match(sheet, />Total</)
    assert.match(parts.get('xl/styles.xml') ?? '', /numFmtId="164" formatCode="yyyy/)
  })
  it('goes on in another sheet when one is full, in any blocks', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 6 }), async (sizes) => {
        let next = 0
        const blocks = sizes.map((size) => Array.from({ length: size }, () => [next++]))
        const parts = await unzip(['n'], blocks, 3)
        const sheets = [...parts.keys()].filter((path) => path.includes('worksheets'))
        assert.equal(sheets.length, Math.max(1, Math.ceil(next / 3)))
        const rows = sheets.map((path) =>
          [...(parts.get(path) ?? '').matchAll(/<v>(\d+)<\/v>/g)].map(([, n]) => Number(n)),
        )
        assert.deepEqual(
          rows.flat(),
          Array.from({ length: next }, (_, i) => i),
        )
        assert.ok(rows.every((list) => list.length <= 3))
        assert.equal((parts.get('xl/workbook.xml') ?? '').match(/<sheet /g)?.length, sheets.length)
      }),
      { numRuns: 30 },
    ))
  it('fails when its rows fail', async () => {
    const broken = async function* (): AsyncGenerator<Cells[]> {
      yield [[1]]
      throw new Error('the store went away')
    }
    await assert.rejects(buffer(workbookOf({ names: ['n'] }, broken())), /the store went away/)
  })
})

async function unzip(names: string[], blocks: readonly Cells[][], rowsASheet?: number): Promise<Map<string, string>> {
  const each = async function* () {
    yield* blocks
  }
  const zip = await fromBufferPromise(
    await buffer(workbookOf({ names, isTime: [false, false, true] }, each(), rowsASheet)),
    { autoClose: false },
  )
  const parts = new Map<string, string>()
  for await (const entry of zip.eachEntry())
    parts.set(entry.fileName, await text(await zip.openReadStreamPromise(entry)))
  return parts
}
