import { act, archive, crud } from './crud';
import type { Field, Resource, TextId } from './operation';

const SOURCE = {
	kind: 'source',
	path: '/traffic_sources',
	one: 'traffic source',
	many: 'traffic sources',
	archives: true,
} as const;
const NETWORK = {
	kind: 'affiliateNetwork',
	path: '/affiliate_networks',
	one: 'affiliate network',
	many: 'affiliate networks',
	archives: true,
} as const;
const DOMAIN = {
	kind: 'domain',
	path: '/domains',
	one: 'domain',
	many: 'domains',
	archives: true,
} as const;
const GROUP = {
	kind: 'group',
	path: '/groups',
	one: 'group',
	many: 'groups',
	deletePath: '/groups/{id}/delete',
} as const;
const USER = { kind: 'user', path: '/users', one: 'user', many: 'users' } as const;
const POSTBACK = {
	kind: 'postback',
	path: '/postbacks',
	one: 'postback',
	many: 'postbacks',
} as const;

const setting: TextId = {
	name: 'settingKey',
	displayName: 'Setting Key',
	description: 'Key of the setting, as listed by Get Many',
	placeholder: 'e.g. currency',
};

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
const postbackOperations = crud(POSTBACK).map((operation) =>
	operation.method === 'POST' || operation.method === 'PUT'
		? { ...operation, fields: postbackLists }
		: operation,
);

export const settings: readonly Resource[] = [
	{
		value: 'source',
		name: 'Source',
		operations: [
			...crud(SOURCE),
			...archive(SOURCE),
			act(SOURCE, 'clone', 'Clone', 'Copy a traffic source'),
			{
				value: 'getTemplates',
				name: 'Get Templates',
				action: 'Get templates of traffic sources',
				description: 'Get the catalogue of traffic sources with their parameters (Trackyard)',
				method: 'GET',
				path: '/traffic_sources/templates',
				answer: 'list',
				paging: 'node',
			},
		],
	},
	{
		value: 'affiliateNetwork',
		name: 'Affiliate Network',
		operations: [
			...crud(NETWORK),
			...archive(NETWORK),
			act(NETWORK, 'clone', 'Clone', 'Copy an affiliate network'),
			{
				value: 'getTemplates',
				name: 'Get Templates',
				action: 'Get templates of affiliate networks',
				description: 'Get the catalogue of affiliate networks with their postbacks (Trackyard)',
				method: 'GET',
				path: '/affiliate_networks/templates',
				answer: 'list',
				paging: 'node',
			},
		],
	},
	{
		value: 'domain',
		name: 'Domain',
		operations: [
			...crud(DOMAIN),
			...archive(DOMAIN),
			act(DOMAIN, 'check', 'Check', 'Look up a domain and say whether it leads to the tracker'),
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
	{ value: 'group', name: 'Group', operations: crud(GROUP) },
	{
		value: 'user',
		name: 'User',
		operations: [
			...crud(USER),
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
			{
				value: 'delete',
				name: 'Delete',
				action: 'Delete setting',
				description: 'Set one setting back to its default; one of your own is deleted',
				method: 'DELETE',
				path: '/settings/{id}',
				picks: setting,
				answer: 'deleted',
			},
			{
				value: 'get',
				name: 'Get',
				action: 'Get setting',
				description: 'Get one setting: value, default and what it does',
				method: 'GET',
				path: '/settings/{id}',
				picks: setting,
				answer: 'record',
			},
			{
				value: 'getAll',
				name: 'Get Many',
				action: 'Get many settings',
				description: 'Get many settings',
				method: 'GET',
				path: '/settings',
				answer: 'list',
				paging: 'node',
			},
			{
				value: 'update',
				name: 'Update',
				action: 'Update setting',
				description: 'Give one setting a new value',
				method: 'PUT',
				path: '/settings/{id}',
				picks: setting,
				answer: 'record',
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
