import { act, crud } from './crud';
import type { Field, Operation, Resource } from './operation';

/** Other spellings that the API takes, of no use in a form. */
const ALIASES = ['ip', 'user_agent', 'referrer', 'country', 'isp', 'asn', 'keyword', 'source'];
const campaignIds: Field = {
	name: 'campaign_ids',
	type: 'list',
	items: 'ids',
	description: 'Campaigns it counts in, by ID; empty is all of them',
};

const blacklist = crud('blacklist').map(
	(operation): Operation =>
		operation.method === 'POST' || operation.method === 'PUT'
			? { ...operation, fields: [campaignIds], leaveOut: ALIASES, json: 'or form' }
			: operation,
);
const bots = crud('bot', { paging: 'server' }).map(
	(operation): Operation =>
		operation.value === 'getAll' ? operation : { ...operation, leaveOut: ALIASES },
);

/** The bot list as text, an entry a line: what trackers without single bots have, too. */
function botList(
	value: string,
	name: string,
	action: string,
	description: string,
	method: Operation['method'],
	path: string,
): Operation {
	return { value, name, action, description, method, path, answer: 'record' };
}

export const protection: readonly Resource[] = [
	{
		value: 'blacklist',
		name: 'Blacklist',
		operations: [
			...blacklist,
			act('blacklist', 'disable', 'Disable', 'Keep an entry without letting it do anything'),
			act('blacklist', 'enable', 'Enable', 'Let an entry work again'),
		],
	},
	{
		value: 'bot',
		name: 'Bot',
		operations: [
			...bots,
			botList(
				'addToList',
				'Add to List',
				'Add to bot list',
				'Add addresses and user agents to the bot list, one a line',
				'POST',
				'/botlist/add',
			),
			botList(
				'clearList',
				'Clear List',
				'Clear bot list',
				'Empty the bot list',
				'DELETE',
				'/botlist',
			),
			botList(
				'getList',
				'Get List',
				'Get bot list',
				'Get the bot list as text, an entry a line',
				'GET',
				'/botlist',
			),
			botList(
				'removeFromList',
				'Remove From List',
				'Remove from bot list',
				'Take addresses and user agents off the bot list, one a line',
				'POST',
				'/botlist/exclude',
			),
			botList(
				'replaceList',
				'Replace List',
				'Replace bot list',
				'Put another bot list in place of the one there is',
				'PUT',
				'/botlist',
			),
		],
	},
];
