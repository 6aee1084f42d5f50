/**
 * Address of the tracker from what was entered: `tracker.example`, or an address copied from the admin pages.
 * Throws `TypeError` when it is no address at all.
 */
export function trackerUrl(entered: string): string {
	const text = entered.trim();
	const withScheme = /^https?:\/\//i.test(text) ? text : `https://${text}`;
	const { origin, pathname } = new URL(withScheme);
	// A tracker may live below a path; everything from its admin pages on is not part of the address.
	return origin + pathname.replace(/\/admin(_api)?(\/.*)?$/, '').replace(/\/+$/, '');
}
