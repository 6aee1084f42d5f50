import type { Click } from '../click/click.ts'
import { defineFilter, type FilterDef, type FilterGroup } from './filter.ts'
import { compileVersionMatcher } from './match.ts'
import { CODE_SEPARATOR, textPatterns, valueList } from './payload.ts'

/** What entries that compare one property of the click have in common. `read` gives '' when the property is unknown. */
interface PropertyFilter {
  readonly label: string
  readonly help: string
  readonly group: FilterGroup
  readonly example: string
  readonly read: (click: Click) => string
}

/** The property is one of the listed values; case does not matter. */
export const oneOfFilter = ({ example, read, ...about }: PropertyFilter): FilterDef<string[]> =>
  defineFilter({
    ...about,
    params: valueList(example),
    compile(values) {
      const wanted = new Set(values.map((value) => value.toLowerCase()))
      return (click) => {
        const value = read(click)
        return value !== '' && wanted.has(value.toLowerCase())
      }
    },
  })

/** The property equals a value or matches a mask or a regular expression; `partial` finds plain values anywhere in it. */
export const textFilter = ({
  example,
  read,
  partial = false,
  ...about
}: PropertyFilter & { readonly partial?: boolean }) =>
  defineFilter({
    ...about,
    params: textPatterns(example, { partial }),
    compile: (matches) => (click) => matches(read(click)),
  })

/** The dotted version is one of the listed or begins with it. */
export const versionFilter = ({ example, read, ...about }: PropertyFilter): FilterDef<string[]> =>
  defineFilter({
    ...about,
    params: valueList(example, CODE_SEPARATOR),
    compile(versions) {
      const matches = compileVersionMatcher(versions)
      return (click) => matches(read(click))
    },
  })
