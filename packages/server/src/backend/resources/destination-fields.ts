import { z } from 'zod'
import { readOnly } from './shapes.ts'

/** What landing pages and offers take and show alike, because both are a URL or uploaded files. */
export const destinationFields = {
  aliases: { url: 'action_payload' },
  serverFields: ['files', 'local_path', 'preview_path'],
  alsoAccepts: {
    archive: z.string().optional().describe('ZIP file with the page, as base64 text or as a file of a multipart form.'),
  },
} as const

export const shownDestination = {
  local_path: readOnly(z.string().nullable(), 'Path under which uploaded files are served, null without any.'),
  preview_path: readOnly(z.string().nullable(), 'Path of the page among them, null without one.'),
  url: readOnly(z.string(), 'Other name of action_payload.'),
  group: readOnly(z.string(), 'Name of the group, empty without one.'),
}
