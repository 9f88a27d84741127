type Row = Record<string, string>;

/** Where something is kept encrypted, and what it is bound to there. */
export interface EncryptedColumn {
  table: string;
  /** The primary key. */
  idColumn: string;
  /** Null where there is nothing. */
  column: string;
  /** Repeats which key it is encrypted with, where a column does. */
  keyIdColumn?: string;
  /** Columns that `belongsTo` reads, besides the primary key. */
  readColumns?: string[];
  /** The associated data of a row's secret: it cannot be read as another's. */
  belongsTo(row: Row): string;
}
