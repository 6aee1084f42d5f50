import { act, catalogue, crud, emptyArchive } from './crud';
import type { Field, Operation, Resource } from './operation';

/** Names that clients of other makes use beside the ones shown. */
const ALIASES_OF_STREAM_IDS = ['streams', 'ids', 'id', 'to_campaign_id'];
const streamIds: Field = {
	name: 'stream_ids',
	type: 'list',
	items: 'ids',
	description: 'Streams by ID; without them, every stream of the campaign',
};

const streamsTo = (
	value: string,
	name: string,
	action: string,
	path: string,
	description: string,
): Operation => ({
	value,
	name,
	action,
	description,
	method: 'POST',
	path,
	answer: 'list',
	fields: [streamIds],
	leaveOut: ALIASES_OF_STREAM_IDS,
});

const campaign: Resource = {
	value: 'campaign',
	name: 'Campaign',
	operations: [
		...crud('campaign', { archives: true, paging: 'server' }),
		act('campaign', 'clone', 'Clone', 'Copy a campaign with its streams'),
		act('campaign', 'disable', 'Disable', 'Let a campaign take no more clicks'),
		act('campaign', 'enable', 'Enable', 'Let a campaign take clicks again'),
		emptyArchive('campaign', 'Delete every archived campaign for good, with its streams'),
		{
			value: 'getStreams',
			name: 'Get Streams',
			action: 'Get streams of campaign',
			description: 'List the streams of a campaign in order of position',
			method: 'GET',
			path: '/campaigns/{id}/streams',
			picks: 'campaign',
			answer: 'list',
			paging: 'node',
		},
		{
			value: 'simulate',
			name: 'Simulate Visit',
			action: 'Simulate visit to campaign',
			description: 'Ask what would become of a visitor; nothing is counted (Trackyard)',
			method: 'POST',
			path: '/campaigns/{id}/simulate',
			picks: 'campaign',
			answer: 'record',
		},
		{
			value: 'updateCosts',
			name: 'Update Costs',
			action: 'Update costs of campaign',
			description:
				'Spread a cost over the clicks of a campaign in a period; the same period again replaces it',
			method: 'POST',
			path: '/campaigns/{id}/update_costs',
			picks: 'campaign',
			answer: 'record',
		},
	],
};

const stream: Resource = {
	value: 'stream',
	name: 'Stream',
	operations: [
		...crud('stream', { archives: true }),
		act('stream', 'clone', 'Clone', 'Copy a stream within its campaign'),
		act('stream', 'disable', 'Disable', 'Let a stream take no more clicks'),
		act('stream', 'enable', 'Enable', 'Let a stream take clicks again'),
		streamsTo(
			'copy',
			'Copy to Campaign',
			'Copy streams to campaign',
			'/streams/copy',
			'Copy streams, or all streams of a campaign, to another campaign',
		),
		streamsTo(
			'move',
			'Move to Campaign',
			'Move streams to campaign',
			'/streams/move_streams',
			'Move streams, or all streams of a campaign, to another campaign',
		),
		catalogue(
			'getActions',
			'Get Actions',
			'Get actions of streams',
			'/streams_actions',
			'List the actions that streams may have, with their keys',
		),
		catalogue(
			'getSchemas',
			'Get Schemas',
			'Get schemas of streams',
			'/stream_schemas',
			'List the schemas that streams may have',
		),
		catalogue(
			'getTypes',
			'Get Types',
			'Get types of streams',
			'/stream_types',
			'List the types that streams may have',
		),
		catalogue(
			'search',
			'Search',
			'Search streams',
			'/streams/search',
			'Find streams by text in ID, name, comments, payload, filters or name of the campaign',
		),
		{
			value: 'getEvents',
			name: 'Get Events',
			action: 'Get events of stream',
			description: 'List what was changed in a stream, newest first',
			method: 'GET',
			path: '/streams/{id}/events',
			picks: 'stream',
			answer: 'list',
			paging: 'node',
			leaveOut: ['limit'],
		},
	],
};

export const trafficHandling: readonly Resource[] = [
	campaign,
	stream,
	{
		value: 'offer',
		name: 'Offer',
		operations: [
			...crud('offer', { archives: true, deletePath: '/offers/{id}/archive' }),
			act('offer', 'clone', 'Clone', 'Copy an offer'),
			emptyArchive('offer', 'Delete every archived offer that no stream names for good (Trackyard)'),
		],
	},
	{
		value: 'landing',
		name: 'Landing',
		operations: [
			...crud('landing', { archives: true }),
			act('landing', 'clone', 'Clone', 'Copy a landing page', 'PUT'),
			emptyArchive(
				'landing',
				'Delete every archived landing page that no stream names for good (Trackyard)',
			),
		],
	},
	{
		value: 'filter',
		name: 'Filter',
		operations: [
			...crud('filter'),
			act('filter', 'clone', 'Clone', 'Copy a filter set'),
			catalogue(
				'getTypes',
				'Get Types',
				'Get types of filters',
				'/stream_filters',
				'List the filters that streams may have, with their names',
			),
		],
	},
];
