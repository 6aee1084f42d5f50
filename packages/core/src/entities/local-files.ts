import { z } from 'zod'

/**
 * Which files belong to a page that Trackyard serves itself, and which version of them is live. The server writes it
 * when files change; files of a version never change, so caches may keep what they read of one.
 */
export const localFilesSchema = z.object({
  folder: z.string().describe('Name of the folder in the URL: the files are at `/lander/<folder>/`.'),
  version: z.string().describe('Changes with every change of a file.'),
  index: z.string().describe('File shown to visitors, such as `index.html`; empty while there is none.'),
})
export type LocalFiles = z.output<typeof localFilesSchema>

/** A field that only the server writes. */
export const localFiles = () =>
  localFilesSchema.nullable().describe('Uploaded files that are live, null without any. Written by the server.')
