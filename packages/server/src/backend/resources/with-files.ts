import { landingPages } from './landing-pages.ts'
import { offers } from './offers.ts'
import type { Resource } from './resource.ts'

/** The resources that may have files. */
export const resources: { readonly landing_pages: Resource<'landing_pages'>; readonly offers: Resource<'offers'> } = {
  landing_pages: landingPages,
  offers,
}
