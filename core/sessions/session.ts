import type { Platform } from '../users/platform.ts';

/** One running conversation. */
export interface Session {
  id: string;
  userId: string;
  /** Where it began. */
  platform: Platform;
  space: string | null;
  /** Made from the first exchange unless somebody has named it; until then, when it began. */
  title: string;
  /** Whether somebody has given it its title. */
  isNamed: boolean;
  messageCount: number;
  createdAt: Date;
  updatedAt: Date;
}
