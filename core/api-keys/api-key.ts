/** A key that a program of a person brings instead of a login. */
export interface ApiKey {
  id: string;
  userId: string;
  /** Unique among the keys of its person. */
  name: string;
  /** Its first characters, by which a person recognises it. */
  prefix: string;
  isActive: boolean;
  /** Most that may be spent with it in a calendar month (UTC); null for no limit of its own. */
  monthlyCapMicros: number | null;
  /** Models it may use; null for all. */
  models: string[] | null;
  createdAt: Date;
  expiresAt: Date | null;
  /** To the minute. */
  lastUsedAt: Date | null;
}

/** What the owner of a key may set. */
export type ApiKeySettings = Pick<ApiKey, 'isActive' | 'monthlyCapMicros' | 'models' | 'expiresAt'>;
