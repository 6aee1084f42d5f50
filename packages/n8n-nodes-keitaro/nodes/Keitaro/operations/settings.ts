import { act, catalogue, crud, get, remove, update, type Target } from './crud';
import type { Field, Resource, TextId } from './operation';

const setting: TextId = {
	name: 'settingKey',
	displayName: 'Setting Key',
	description: 'Key of the setting, as listed by Get Many',
	placeholder: 'e.g. currency',
};

const aSetting: Target = { picks: setting, path: '/settings/{id}', one: 'setting' };

/** The API takes comma lists as text here; what they must hold is known. */
const commas = (name: string, items: Field['items'], description: string): Field => ({
	name,
	type: 'commas',
	items,
	description,
});
const postbackLists: readonly Field[] = [
	commas('campaigns', 'ids', 'Only conversions of these campaigns, by ID; empty is all of them'),
	commas(
		'countries',
		'countries',
		'Only visitors from these countries, by two-letter code; empty is all of them',
	),
	commas('deposit_statuses', 'words', 'Further statuses that count as a deposit'),
	commas('lead_statuses', 'words', 'Further statuses that count as a lead'),
	commas('registration_statuses', 'words', 'Further statuses that count as a registration'),
	commas('rejected_statuses', 'words', 'Further statuses that count as rejected'),
	commas('sale_statuses', 'words', 'Further statuses that count as a sale'),
];
const postbackOperations = crud('postback').map((operation) =>
	operation.method === 'POST' || operation.method === 'PUT'
		? { ...operation, fields: postbackLists }
		: operation,
);

export const settings: readonly Resource[] = [
	{
		value: 'source',
		name: 'Source',
		operations: [
			...crud('source', { archives: true }),
			act('source', 'clone', 'Clone', 'Copy a traffic source'),
			catalogue(
				'getTemplates',
				'Get Templates',
				'Get templates of traffic sources',
				'/traffic_sources/templates',
				'List the catalogue of traffic sources with their parameters (Trackyard)',
			),
		],
	},
	{
		value: 'affiliateNetwork',
		name: 'Affiliate Network',
		operations: [
			...crud('affiliateNetwork', { archives: true }),
			act('affiliateNetwork', 'clone', 'Clone', 'Copy an affiliate network'),
			catalogue(
				'getTemplates',
				'Get Templates',
				'Get templates of affiliate networks',
				'/affiliate_networks/templates',
				'List the catalogue of affiliate networks with their postbacks (Trackyard)',
			),
		],
	},
	{
		value: 'domain',
		name: 'Domain',
		operations: [
			...crud('domain', { archives: true }),
			act('domain', 'check', 'Check', 'Look up a domain and say whether it leads to the tracker'),
			{
				value: 'getServerIp',
				name: 'Get Server IP',
				action: 'Get server IP',
				description: 'Get the addresses that domains are to be pointed to',
				method: 'GET',
				path: '/domains/ip',
				answer: 'record',
			},
		],
	},
	{ value: 'group', name: 'Group', operations: crud('group', { deletePath: '/groups/{id}/delete' }) },
	{
		value: 'user',
		name: 'User',
		operations: [
			...crud('user'),
			{
				value: 'getCurrent',
				name: 'Get Current',
				action: 'Get current user',
				description: 'Get the user whose API key is used (Trackyard)',
				method: 'GET',
				path: '/users/me',
				answer: 'record',
			},
			{
				value: 'updateAccess',
				name: 'Update Access',
				action: 'Update access of user',
				description: 'Say what a user may see and change',
				method: 'PUT',
				path: '/users/{id}/access',
				picks: 'user',
				answer: 'record',
			},
		],
	},
	{
		value: 'postback',
		name: 'Postback',
		operations: [
			...postbackOperations,
			{
				value: 'test',
				name: 'Test',
				action: 'Test postback',
				description: 'Send one request with a sample conversion now, and show what was answered',
				method: 'POST',
				path: '/postbacks/{id}/test',
				picks: 'postback',
				answer: 'record',
			},
		],
	},
	{
		value: 'settings',
		name: 'Setting',
		operations: [
			{
				value: 'create',
				name: 'Create',
				action: 'Create settings',
				description:
					'Set settings from a JSON object of values by key; the others keep their values',
				method: 'POST',
				path: '/settings',
				answer: 'record',
				json: 'only',
			},
			remove(aSetting, 'Set one setting back to its default; one of your own is deleted'),
			get(aSetting, 'Get one setting: value, default and what it does'),
			catalogue(
				'getAll',
				'Get Many',
				'Get many settings',
				'/settings',
				'List the settings and their values',
			),
			{
				...update(aSetting, 'Give one setting a new value'),
				fields: [
					{
						name: 'value',
						type: 'any',
						required: true,
						description: 'The new value; JSON for one that is more than a text',
					},
				],
			},
		],
	},
];
