import type { Click } from '../click/click.ts'
import type { Campaign } from '../entities/index.ts'
import type { LocalFiles } from '../entities/local-files.ts'

interface Named {
  readonly id: number
  readonly name: string
}

/**
 * Where the answer of a click ends up: `direct` in a window of its own · `iframe` in a frame of another page · `script`
 * as a script of another page · `image` as a picture · `api` in the hands of a site that asks over the Click API.
 */
export type Embedding = 'direct' | 'iframe' | 'script' | 'image' | 'api'

/** Everything a macro may print. */
export interface MacroContext {
  readonly click: Click
  readonly subId: string
  readonly visitorCode: string
  readonly campaign: Named & { readonly parameters: Campaign['parameters'] }
  /** Name of the domain that is chosen in the campaign, '' when there is none. */
  readonly campaignDomain?: () => string
  readonly stream: Named | null
  readonly landing: Named | null
  readonly offer: (Named & { readonly values?: Readonly<Record<string, string>> }) | null
  readonly trafficSource: Named | null
  /** 0 when the visitor came straight here. */
  readonly parentCampaignId: number
  readonly costMicros: number
  /**
   * Proof for the step from landing page to offer; may be ''. No getter: V8 gives every object literal with a getter a
   * hidden class of its own, which keeps alive what the getter sees until the next full collection.
   */
  token(): string
  /** Link of the tracker that leads on to the offer, or to the offer named. */
  offerUrl(offerId?: number): string
  /** Page of the tracker that sends on to a URL in a way of its own, by its key; absent where nobody serves such pages. */
  readonly gatewayUrl?: (url: string, gateway: string) => string
  /** Content of a file the operator laid down for macros, '' when there is none. */
  fileText(name: string): string
  /** The page of uploaded files as a template; null when it cannot be read. Absent where no pages are shown. */
  readonly localPage?: (files: LocalFiles) => ((context: MacroContext) => string) | null
  readonly destination: string
  /** Scheme, host and port visitors reach us by, e.g. `https://go.example.com`. */
  readonly trackerOrigin: string
  /** For actions that answer otherwise inside other pages. Absent means direct. */
  readonly embedding?: Embedding
  /** Where a text is about a conversion; clicks have none yet. */
  readonly conversion?: MacroConversion
}

/** A conversion as macros print it. Money is in micros. */
export interface MacroConversion {
  readonly tid: string
  readonly status: string
  readonly originalStatus: string
  readonly revenueMicros: number
  readonly costMicros: number
  /** Three-letter code. */
  readonly currency: string
}

/** Reads the value of one macro, '' when there is none. */
export type MacroReader = (context: MacroContext) => string

export interface MacroDef {
  readonly help: string
  /** Other names of the same macro. */
  readonly aliases?: readonly string[]
  /** An argument it takes; for macros that are nothing without one. */
  readonly example?: string
  /**
   * Made by us or by the owner of the campaign, not taken from the request: `{_name}` prints it raw even in HTML.
   */
  readonly isTrusted?: boolean
  /** The value is a whole URL: at the start of a URL it is printed as it is, in HTML it stays a link. */
  readonly isUrl?: true
  /** How the argument wants the value percent-encoded in a URL; null for the usual way. */
  readonly urlEncoder?: (argument: string | null) => ((value: string) => string) | null
  /**
   * Reads the text after the colon (null when there is none) once; `seed` differs for every place in every template.
   * Null refuses the text: then this is no macro and stays as it is, which keeps `{os:1}` in a script alive.
   */
  compile(argument: string | null, seed: number): MacroReader | null
}

/** Declares a macro with logic of its own. */
export const defineMacro = (def: MacroDef): MacroDef => def

/** Declares a macro that prints a value and takes no argument. */
export const valueMacro = (
  help: string,
  read: MacroReader,
  more: Omit<MacroDef, 'help' | 'compile'> = {},
): MacroDef => ({
  help,
  ...more,
  compile: (argument) => (argument === null ? read : null),
})

/** Declares a macro that may be given a language code and has no translations to offer. */
export const localMacro = (
  help: string,
  read: MacroReader,
  more: Omit<MacroDef, 'help' | 'compile'> = {},
): MacroDef => ({
  help,
  ...more,
  compile: (argument) => (argument === null || isLanguage(argument) ? read : null),
})

/** A language code such as `en` or `pt-BR`, or nothing. */
export const isLanguage = (text: string): boolean => /^([a-z]{2,3}([-_][a-z0-9]{2,8})*)?$/i.test(text.trim())
