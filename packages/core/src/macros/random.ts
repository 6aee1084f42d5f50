import { rollFor } from '../click/split.ts'
import { defineMacro } from './macro.ts'

export const random = defineMacro({
  help: 'A random whole number between two others, both included: {random:1,100}.',
  example: '1,100',
  isTrusted: true,
  compile(argument, seed) {
    const [, first, second] = /^\s*(-?\d{1,15})\s*,\s*(-?\d{1,15})\s*$/.exec(argument ?? '') ?? []
    if (first === undefined || second === undefined) return null
    const min = Math.min(Number(first), Number(second))
    const size = Math.max(Number(first), Number(second)) - min + 1
    return ({ click }) => String(min + Math.floor(rollFor(click.roll, seed) * size))
  },
})
