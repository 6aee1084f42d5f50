import { defineMacro } from './macro.ts'

/** A plain file name: no folders, nothing hidden. */
const FILE_NAME = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}$/

export const fromFile = defineMacro({
  help: 'Content of a file in the folder `macros` of the data directory: {from_file:domain.txt}. Empty when there is none.',
  example: 'domain.txt',
  isTrusted: true,
  compile(argument) {
    const name = argument?.trim() ?? ''
    return FILE_NAME.test(name) ? (context) => context.fileText(name) : null
  },
})
