import { rollFor } from '../click/split.ts'
import { defineMacro } from './macro.ts'

export const sample = defineMacro({
  help: 'One of the listed texts, each as likely as the others: {sample:red,green,blue}.',
  example: 'red,green,blue',
  isTrusted: true,
  compile(argument, seed) {
    if (argument === null) return null
    const items = argument.split(',')
    return ({ click }) => items[Math.floor(rollFor(click.roll, seed) * items.length)] ?? ''
  },
})
