import { defineMacro } from './macro.ts'

export const offer = defineMacro({
  help: 'Link that leads on to the offer of this click; {offer:ID} names one of the stream’s offers.',
  isTrusted: true,
  isUrl: true,
  compile(argument) {
    if (argument === null) return (context) => context.offerUrl()
    if (!/^\s*\d{1,10}\s*$/.test(argument)) return null
    const offerId = Number(argument)
    return (context) => context.offerUrl(offerId)
  },
})
