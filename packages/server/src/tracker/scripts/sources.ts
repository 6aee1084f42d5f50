import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

/** Scripts that run in visitors' browsers: plain JavaScript in `client/`, put together when the tracker starts. */
const NAMES = ['embed', 'page', 'tracking', 'adapter'] as const
type Name = (typeof NAMES)[number]

const IMPORT = /^import \{[^}]*\} from '\.\/([a-z-]+)\.js'$/gm
const sourceOf = (file: string): string => readFileSync(new URL(`./client/${file}.js`, import.meta.url), 'utf8')

const texts: ReadonlyMap<Name, string> = new Map(NAMES.map((name) => [name, bundle(name)]))

/** The script as an expression: a function of one argument, its data. */
const script = (name: Name): string => texts.get(name) ?? ''

/** A script that runs with data of ours: `(function(DATA){…})({…})`. */
export const scriptCall = (name: Name, data: object): string => `(${script(name)})(${inScript(data)})\n`

export interface ScriptFile {
  readonly text: string
  readonly gzip: Buffer
}

/** A script for a file of its own, which needs nothing of one visitor. */
export function scriptFile(name: Name): ScriptFile {
  const text = `(${script(name)})()\n`
  return { text, gzip: gzipSync(text, { level: 9 }) }
}

/**
 * The files are modules, for editors and checks. Here they become one function: what they import goes before them, and
 * comments and indentation are left out.
 */
function bundle(name: Name): string {
  const own = sourceOf(name)
  const needed = [...own.matchAll(IMPORT)].map(([, file = '']) => sourceOf(file))
  const lines = [...needed, own]
    .join('\n')
    .replaceAll(IMPORT, '')
    .split('\n')
    .map((line) => line.trim().replace(/^export /, ''))
    .filter((line) => line !== '' && !/^(\/\/|\/\*\*|\*)/.test(line))
  return `function(DATA){'use strict'\n${lines.join('\n')}\n}`
}

/** JSON that may stand in a script, in a page too. */
const inScript = (data: object): string =>
  JSON.stringify(data).replace(
    /[<\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
