import { get, remove, update, type Target } from './crud';
import type { Field, Operation, Resource } from './operation';
import { MADE_HERE, report, reportFields } from './report-request';

const log: Target = {
	picks: {
		name: 'logName',
		displayName: 'Log Name',
		description: 'Name of a log, as listed by Get Types, or ID of an entry',
		placeholder: 'e.g. system',
	},
	path: '/logs/{id}',
	one: 'log',
};

/** The API describes an object with any names: the form asks for names and labels. */
const labelled: Field = {
	name: 'items',
	type: 'pairs',
	required: true,
	description:
		'Label by value: whitelist or blacklist; an empty label takes the value off its list',
};

const reportOf = (
	value: string,
	name: string,
	action: string,
	description: string,
): Operation => ({
	value,
	name,
	action,
	description,
	method: 'POST',
	path: '/report/build',
	answer: 'rows',
	paging: 'server',
	fields: reportFields,
	leaveOut: MADE_HERE,
	body: report,
});

export const reportsAndLogs: readonly Resource[] = [
	{
		value: 'stats',
		name: 'Stat',
		operations: [
			reportOf(
				'getAll',
				'Get Many',
				'Get many stats',
				'Get figures of clicks and conversions, grouped and filtered; the same as Build of a report',
			),
		],
	},
	{
		value: 'traffic',
		name: 'Traffic',
		operations: [
			reportOf(
				'getAll',
				'Get Many',
				'Get many traffic stats',
				'Get figures of traffic, grouped and filtered; the same as Build of a report',
			),
		],
	},
	{
		value: 'report',
		name: 'Report',
		operations: [
			reportOf(
				'build',
				'Build',
				'Build report',
				'Build a report: figures of clicks and conversions, grouped and filtered',
			),
			{
				value: 'getDefinition',
				name: 'Get Definition',
				action: 'Get definition of reports',
				description: 'Get the groupings, metrics, columns and operators that there are',
				method: 'GET',
				path: '/report/definition',
				answer: 'record',
			},
			{
				value: 'getLabels',
				name: 'Get Labels',
				action: 'Get labels of report',
				description: 'Get the white and black list of a campaign for one parameter',
				method: 'GET',
				path: '/report/labels',
				answer: 'record',
			},
			{
				value: 'setLabels',
				name: 'Set Labels',
				action: 'Set labels of report',
				description: 'Put values of one parameter of a campaign on its white or black list',
				method: 'POST',
				path: '/report/labels',
				answer: 'record',
				fields: [labelled],
			},
		],
	},
	{
		value: 'log',
		name: 'Log',
		operations: [
			remove(log, 'Empty a log'),
			{
				...get(log, 'Get the entries of a log, newest first, or one entry by its ID'),
				answer: 'list',
				paging: 'server',
				leaveOut: ['limit', 'offset'],
			},
			{
				...update(log, 'Change an entry of a log; trackers refuse this and say why'),
				json: 'only',
			},
			{
				value: 'getAll',
				name: 'Get Many',
				action: 'Get many logs',
				description: 'List entries of all logs, or of one, newest first',
				method: 'GET',
				path: '/logs',
				answer: 'list',
				paging: 'server',
				leaveOut: ['limit', 'offset'],
			},
			{
				value: 'getTypes',
				name: 'Get Types',
				action: 'Get types of logs',
				description: 'Get the names of the logs that you may read',
				method: 'POST',
				path: '/logs/types',
				answer: 'list',
				paging: 'node',
			},
		],
	},
];
