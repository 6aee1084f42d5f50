import { clicksAndConversions } from './clicks-and-conversions';
import type { Operation, Resource } from './operation';
import { protection } from './protection';
import { reportsAndLogs } from './reports-and-logs';
import { settings } from './settings';
import { trafficHandling } from './traffic-handling';

const byName = (a: { name: string }, b: { name: string }): number =>
	a.name.localeCompare(b.name, 'en');

/** Everything the node can do, in the order of the editor. */
export const resources: readonly Resource[] = [
	...trafficHandling,
	...settings,
	...protection,
	...clicksAndConversions,
	...reportsAndLogs,
]
	.map((resource) => ({ ...resource, operations: [...resource.operations].sort(byName) }))
	.sort(byName);

/** The operation of this name; null when the resource has none. */
export function findOperation(resource: string, operation: string): Operation | null {
	const found = resources.find(({ value }) => value === resource);
	return found?.operations.find(({ value }) => value === operation) ?? null;
}
