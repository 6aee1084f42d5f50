import { defineMacro } from './macro.ts'

export const offerValue = defineMacro({
  help: 'A value of the chosen offer by its name: {offer_value:price}. Empty until an offer is chosen.',
  example: 'price',
  isTrusted: true,
  compile(argument) {
    const name = argument?.trim()
    if (!name) return null
    return ({ offer }) => offer?.values?.[name] ?? ''
  },
})
