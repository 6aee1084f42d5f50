/**
 * A preview runs the scripts of a page that somebody uploaded, on the host of the admin pages. The sandbox gives it an
 * origin of its own: no cookies, no requests, no forms, no windows; only the admin pages may show it in a frame.
 */
export const previewHeaders = {
  'content-security-policy': [
    'sandbox allow-scripts',
    "default-src * data: blob: 'unsafe-inline'",
    "script-src * 'unsafe-inline' 'unsafe-eval'",
    "connect-src 'none'",
    "frame-src 'none'",
    "object-src 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join('; '),
  'x-frame-options': 'SAMEORIGIN',
} as const
