import type { INodeProperties } from 'n8n-workflow';
import type { RecordKind } from './operations/operation';

interface KindOfRecord {
	/** Where records of the kind are listed, below `/admin_api/v1`. */
	readonly path: string;
	/** As in `Create campaign`. */
	readonly one: string;
	/** Field that holds what people call a record. */
	readonly title: string;
}

export const recordKinds: Readonly<Record<RecordKind, KindOfRecord>> = {
	affiliateNetwork: { path: '/affiliate_networks', one: 'affiliate network', title: 'name' },
	blacklist: { path: '/blacklist', one: 'black list entry', title: 'name' },
	bot: { path: '/bots', one: 'bot', title: 'value' },
	campaign: { path: '/campaigns', one: 'campaign', title: 'name' },
	domain: { path: '/domains', one: 'domain', title: 'name' },
	filter: { path: '/filters', one: 'filter set', title: 'name' },
	group: { path: '/groups', one: 'group', title: 'name' },
	landing: { path: '/landing_pages', one: 'landing page', title: 'name' },
	offer: { path: '/offers', one: 'offer', title: 'name' },
	postback: { path: '/postbacks', one: 'postback', title: 'name' },
	source: { path: '/traffic_sources', one: 'traffic source', title: 'name' },
	stream: { path: '/streams', one: 'stream', title: 'name' },
	user: { path: '/users', one: 'user', title: 'login' },
};

/** `traffic source` → `Traffic Source`. */
export const labelOf = (kind: RecordKind): string =>
	recordKinds[kind].one.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());

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
	const { one, path } = recordKinds[kind];
	const inUrl = `https?://.*${path}/(?:edit/|show/)?([0-9]+).*`;
	return {
		displayName,
		name,
		type: 'resourceLocator',
		required: true,
		default: { mode: 'list', value: '' },
		description: `The ${one} that is meant`,
		displayOptions,
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: `Select ${one}...`,
				typeOptions: { searchListMethod: searchMethodOf(kind), searchable: true },
			},
			{
				displayName: 'ID',
				name: 'id',
				type: 'string',
				placeholder: 'e.g. 12',
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
