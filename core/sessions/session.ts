import type { Platform } from '../users/platform.ts';

/** One running conversation. */
export interface Session {
  id: string;
  userId: string;
  /** Where it began. */
  platform: Platform;
  space: string | null;
  title: string;
  /** False while the title is the one it was given at its start. */
  isNamed: boolean;
  messageCount: number;
  createdAt: Date;
  updatedAt: Date;
}
