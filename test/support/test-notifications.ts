import { readDatabaseAddress } from '../../core/db/database-address.ts';
import { createNotifications, type Notifications } from '../../core/db/notifications.ts';
import { createSilentLogger } from './silent-logger.ts';

/** One process's line to a database. */
export function createTestNotifications(url: string): Notifications {
  return createNotifications({ address: readDatabaseAddress(url), logger: createSilentLogger() });
}
