/** Whether a request is about the admin side: its pages or its API. No campaign has such a URL. */
export const isAdminUrl = (url: string): boolean => /^\/+admin(_api)?(?:[/?#]|$)/.test(url)
