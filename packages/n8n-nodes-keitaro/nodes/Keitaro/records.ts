import type { INodeProperties } from 'n8n-workflow';
import type { RecordKind } from './operations/operation';

/** Where records of a kind are listed, and how one is called. */
export const recordKinds: Readonly<
	Record<RecordKind, { readonly path: string; readonly label: string; readonly title: string }>
> = {
	affiliateNetwork: { path: '/affiliate_networks', label: 'Affiliate Network', title: 'name' },
	blacklist: { path: '/blacklist', label: 'Black List Entry', title: 'name' },
	bot: { path: '/bots', label: 'Bot', title: 'value' },
	campaign: { path: '/campaigns', label: 'Campaign', title: 'name' },
	domain: { path: '/domains', label: 'Domain', title: 'name' },
	filter: { path: '/filters', label: 'Filter', title: 'name' },
	group: { path: '/groups', label: 'Group', title: 'name' },
	landing: { path: '/landing_pages', label: 'Landing', title: 'name' },
	offer: { path: '/offers', label: 'Offer', title: 'name' },
	postback: { path: '/postbacks', label: 'Postback', title: 'name' },
	source: { path: '/traffic_sources', label: 'Source', title: 'name' },
	stream: { path: '/streams', label: 'Stream', title: 'name' },
	user: { path: '/users', label: 'User', title: 'login' },
};

/** `campaign` → `searchCampaign`: the method that finds records for a locator. */
export const searchMethodOf = (kind: RecordKind): string =>
	`search${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;

/** Choice of one record: from a list, by its ID, or by the address of its page. */
export function locator(
	kind: RecordKind,
	name: string,
	displayName: string,
	displayOptions: INodeProperties['displayOptions'],
): INodeProperties {
	const { label, path } = recordKinds[kind];
	const inUrl = `https?://.*${path}/(?:edit/|show/)?([0-9]+).*`;
	return {
		displayName,
		name,
		type: 'resourceLocator',
		required: true,
		default: { mode: 'list', value: '' },
		description: `The ${label.toLowerCase()} that is meant`,
		displayOptions,
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: `Select ${label.toLowerCase()}...`,
				typeOptions: { searchListMethod: searchMethodOf(kind), searchable: true },
			},
			{
				displayName: 'ID',
				name: 'id',
				type: 'string',
				placeholder: 'e.g. 12',
				validation: [
					{
						type: 'regex',
						properties: { regex: '[0-9]+', errorMessage: 'An ID is a whole number' },
					},
				],
			},
			{
				displayName: 'URL',
				name: 'url',
				type: 'string',
				placeholder: `e.g. https://tracker.example.com/admin/#!${path}/12`,
				extractValue: { type: 'regex', regex: inUrl },
				validation: [
					{
						type: 'regex',
						properties: { regex: inUrl, errorMessage: `The address of a page such as …${path}/12` },
					},
				],
			},
		],
	};
}
