import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { ZipFile } from 'yazl'
import { cellText } from './csv.ts'

/** A sheet holds 1048576 rows, the names among them. */
const ROWS_A_SHEET = 1_048_575
const MAX_CELL_CHARS = 32_767

export type Cells = readonly unknown[]
type Blocks = AsyncIterable<readonly Cells[]>

interface Columns {
  readonly names: readonly string[]
  /** By position: texts such as `2026-02-03 14:05:09` or `2026-02-03` in it are moments. */
  readonly isTime?: readonly boolean[]
}

/**
 * A workbook made while its rows come: one sheet, or more when there are more rows than a sheet holds. It is an error of
 * the stream when the rows fail.
 */
export function workbookOf({ names, isTime = [] }: Columns, blocks: Blocks, rowsASheet = ROWS_A_SHEET): Readable {
  const zip = new ZipFile()
  const file = zip.outputStream
  // Its type says less than it is.
  if (!(file instanceof Readable)) throw new Error('Archives are not made as streams')
  const rows = inSheets(blocks, rowsASheet)
  let sheet: Readable | null = null
  file.once('close', () => sheet?.destroy())
  const write = async (): Promise<void> => {
    let sheets = 0
    do {
      sheet = Readable.from(sheetXml({ names, isTime }, rows.sheet()), { objectMode: false })
      zip.addReadStream(sheet, `xl/worksheets/sheet${++sheets}.xml`, { compressionLevel: 1 })
      await finished(sheet)
    } while (rows.hasMore())
    for (const [path, xml] of Object.entries(partsOf(sheets))) zip.addBuffer(Buffer.from(HEAD + xml), path)
    zip.end()
  }
  const fail = (error: unknown): void => void file.destroy(error instanceof Error ? error : new Error(String(error)))
  zip.on('error', fail)
  write().catch(fail)
  return file
}

/** Deals rows out to sheets. */
function inSheets(blocks: Blocks, rowsASheet: number) {
  const all = blocks[Symbol.asyncIterator]()
  let left: readonly Cells[] = []
  return {
    hasMore: () => left.length > 0,
    async *sheet(): AsyncGenerator<readonly Cells[]> {
      for (let free = rowsASheet; ; ) {
        while (left.length === 0) {
          const next = await all.next()
          if (next.done) return
          left = next.value
        }
        if (free === 0) return
        const block = left.slice(0, free)
        left = left.slice(free)
        free -= block.length
        yield block
      }
    },
  }
}

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

async function* sheetXml({ names, isTime = [] }: Columns, blocks: Blocks): AsyncGenerator<string> {
  // The names stay in sight while the rows are scrolled.
  const view =
    '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
  yield `${HEAD}<worksheet xmlns="${MAIN}">${view}<sheetData>${rowXml(names, [])}`
  for await (const block of blocks) yield block.map((cells) => rowXml(cells, isTime)).join('')
  yield '</sheetData></worksheet>'
}

const rowXml = (cells: Cells, isTime: readonly boolean[]): string =>
  `<row>${cells.map((cell, at) => (isTime[at] && timeXml(cell)) || cellXml(cell)).join('')}</row>`

const MOMENT = /^(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d:\d\d))?$/
/** Days from the day that spreadsheets count from to 1970. */
const EPOCH_DAYS = 25_569
/** Moments are days since then with their fraction; null for what is none. */
function timeXml(cell: unknown): string | null {
  const [, day, time] = MOMENT.exec(cellText(cell)) ?? []
  const atMs = day === undefined ? Number.NaN : Date.parse(`${day}T${time ?? '00:00:00'}Z`)
  if (Number.isNaN(atMs)) return null
  return `<c s="${time === undefined ? DAY_STYLE : MOMENT_STYLE}"><v>${EPOCH_DAYS + atMs / 86_400_000}</v></c>`
}
const MOMENT_STYLE = 1
const DAY_STYLE = 2

function cellXml(cell: unknown): string {
  if (typeof cell === 'number') return Number.isFinite(cell) ? `<c><v>${cell}</v></c>` : '<c/>'
  if (typeof cell === 'boolean') return `<c t="b"><v>${cell ? 1 : 0}</v></c>`
  const text = cellText(cell)
  if (text === '') return '<c/>'
  return `<c t="inlineStr"><is><t xml:space="preserve">${escaped(text.slice(0, MAX_CELL_CHARS))}</t></is></c>`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' }

/** Without what XML cannot hold; `_x0041_` is how spreadsheets spell characters, so texts that look like it are spelled out. */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be in XML
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/_(?=x[0-9a-f]{4}_)/gi, '_x005F_')
    .replace(/[&<>\r]/g, (character) => ENTITIES[character] ?? character)

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006'
const CONTENT = 'application/vnd.openxmlformats-officedocument.spreadsheetml'

/** Formats of cells by position: plain, a moment, a day. */
const STYLES = `<styleSheet xmlns="${MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/></numFmts><fonts count="1"><font/></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf/><xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`

/** What a workbook has besides its sheets, by path. */
function partsOf(sheets: number): Record<string, string> {
  const each = (xml: (number: number) => string): string =>
    Array.from({ length: sheets }, (_, i) => xml(i + 1)).join('')
  const types = `<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${CONTENT}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${CONTENT}.styles+xml"/>`
  return {
    '[Content_Types].xml': `<Types xmlns="${PACKAGE}/content-types">${types}${each((number) => `<Override PartName="/xl/worksheets/sheet${number}.xml" ContentType="${CONTENT}.worksheet+xml"/>`)}</Types>`,
    '_rels/.rels': `<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><sheets>${each((number) => `<sheet name="Rows${number === 1 ? '' : ` ${number}`}" sheetId="${number}" r:id="rId${number}"/>`)}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${PACKAGE}/relationships">${each((number) => `<Relationship Id="rId${number}" Type="${RELATIONS}/worksheet" Target="worksheets/sheet${number}.xml"/>`)}<Relationship Id="rIdS" Type="${RELATIONS}/styles" Target="styles.xml"/></Relationships>`,
    'xl/styles.xml': STYLES,
  }
}
