import type { Click } from '../click/click.ts'
import { nearest } from '../nearest.ts'
import { quoted } from '../plain-words.ts'
import { defineFilter, type FilterDef, type FilterGroup } from './filter.ts'
import { compileVersionMatcher, isRegex } from './match.ts'
import { CODE_SEPARATOR, textPatterns, valueList } from './payload.ts'

/** What entries that compare one property of the click have in common. `read` gives '' when the property is unknown. */
interface PropertyFilter {
  readonly label: string
  readonly help: string
  readonly group: FilterGroup
  readonly example: readonly string[]
  readonly column: string
  readonly read: (click: Click) => string
}

interface KnownProperty extends PropertyFilter, Pick<FilterDef<string[]>, 'doubts'> {
  readonly known?: readonly string[]
  /** Other names for the known ones, lower case. */
  readonly aliases?: Readonly<Record<string, string>>
}

/**
 * The property is one of the listed values; case does not matter. `known` lists the names that it can have: others are
 * doubted.
 */
export const oneOfFilter = ({ read, known, aliases = {}, doubts, ...about }: KnownProperty): FilterDef<string[]> => {
  const meant = (value: string): string => {
    const name = value.toLowerCase()
    return Object.hasOwn(aliases, name) ? (aliases[name] ?? value) : value
  }
  return defineFilter({
    ...about,
    params: valueList(about.example),
    doubts: doubts ?? ((values) => (known === undefined ? [] : unknownNames(values.map(meant), known))),
    compile(values) {
      const wanted = new Set(values.map((value) => meant(value).toLowerCase()))
      return (click) => {
        const value = read(click)
        return value !== '' && wanted.has(value.toLowerCase())
      }
    },
  })
}

interface TextProperty extends PropertyFilter {
  /** Finds plain values anywhere in the property. */
  readonly partial?: boolean
  /** Whether a plain value can be the whole property: others are doubted. */
  readonly isWhole?: (value: string) => boolean
}

/** The property equals a value or matches a mask or a regular expression. */
export const textFilter = ({ read, partial = false, isWhole, ...about }: TextProperty) =>
  defineFilter({
    ...about,
    params: textPatterns(about.example, { partial }),
    doubts: (_matches, _nowMs, payload) =>
      isWhole === undefined
        ? []
        : (valueList(about.example).safeParse(payload).data ?? [])
            .filter((value) => !value.includes('*') && !isRegex(value) && !isWhole(value))
            .map(
              (value) =>
                `asks for ${quoted(value)} with nothing around it: write a star at both ends to find it anywhere.`,
            ),
    compile: (matches) => (click) => matches(read(click)),
  })

/** The dotted version is one of the listed or begins with it. */
export const versionFilter = ({ read, ...about }: PropertyFilter): FilterDef<string[]> =>
  defineFilter({
    ...about,
    params: valueList(about.example, CODE_SEPARATOR),
    doubts: (versions) => [
      ...versions
        // `Android 14` is split at its blank where it comes as text.
        .filter((version) => /\s/.test(version) || (version.length > 2 && /^[a-z]+$/i.test(version)))
        .filter((version) => !NAMED_VERSIONS.has(version.toLowerCase()))
        .map((word) => `asks for ${word}, which is no version: ask for the name by another filter, os or browser.`),
      ...versions
        .filter((version) => /[^\w.\s]/.test(version.replace(/\.\*$/, '')))
        .map((text) => `asks for ${text}, which is no version: name each one that is wanted, such as 10 or 10.2.`),
    ],
    compile(versions) {
      const matches = compileVersionMatcher(versions)
      return (click) => matches(read(click))
    },
  })

/** Versions that are words. */
const NAMED_VERSIONS: ReadonlySet<string> = new Set(['vista', '3ds', 'switch', 'vita', 'wii'])

function unknownNames(values: readonly string[], known: readonly string[]): string[] {
  const names = new Set(known.map((name) => name.toLowerCase()))
  return values
    .filter((value) => !names.has(value.toLowerCase()))
    .map((value) => {
      const meant = nearest(value, known)
      return `asks for ${value}, a name that no visitor is known by: ${meant === null ? 'look in a report for the names there are.' : `did you mean ${meant}?`}`
    })
}
