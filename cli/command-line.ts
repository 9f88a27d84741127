import type { WrittenTable } from '../core/database-copy/backup-file.ts';
import type { LoadedTable, LoadReport } from '../core/database-copy/load-snapshot.ts';
import type { Rotation } from '../core/encryption/rotate-keys.ts';
import type { Knowledge } from '../core/knowledge/knowledge.ts';
import type { Retrieval } from '../core/retrieval/retrieval.ts';
import type { OperatorCredits } from '../core/wallet/operator-credits.ts';

/** The running parts a command works with, closed when it ends. */
interface OpenedParley {
  knowledge: Knowledge;
  retrieval: Retrieval;
  operatorCredits: OperatorCredits;
  close(): Promise<void>;
}

/** How one configured part is doing; `off` means that nobody turned it on. */
export interface CheckResult {
  state: 'ok' | 'off' | 'warning' | 'failed';
  detail: string;
  /** What to do about it. */
  fix?: string;
}

export interface Check {
  name: string;
  /** May throw: then the part has failed, in the words of the error. */
  run(): Promise<CheckResult>;
}

interface Backup {
  file: string;
  bytes: number;
  tables: WrittenTable[];
  hasSecrets: boolean;
}

interface Copied extends LoadReport {
  /** In words, when something that is encrypted cannot be read. */
  unreadable: string | null;
}

interface Restored extends Copied {
  createdAt: string;
  place: string;
  /** Secrets that have to be set; null when there is nothing to do. */
  settingsFile: string | null;
}

interface Moved extends Copied {
  from: string;
  to: string;
  settingsFile: string;
}

/** What a command gets from the process it runs in. */
export interface CommandLine {
  /** Opens database, index and models; only commands that need them wait for it. */
  open(): Promise<OpenedParley>;
  /** Encrypts all stored secrets again with the first key. */
  rotateKeys(): Promise<Rotation[]>;
  /** Writes everything into a file, beside a running Parley or without one. */
  backup(file: string): Promise<Backup>;
  /** Reads everything from such a file into an unused database, or with `force` in place of what is there. */
  restore(file: string, options: { force: boolean }): Promise<Restored>;
  /** Copies everything into another database. */
  move(options: { to: string | undefined; onTable(table: LoadedTable): void }): Promise<Moved>;
  /** What `doctor` looks at, in order. */
  checks(): Check[];
  /** What Slack makes an app from, right for the settings as they are. */
  slackManifest(): unknown;
  /** A line for standard output. */
  print(line: string): void;
  /** A line for standard error. */
  complain(line: string): void;
  /** All of standard input. */
  readInput(): Promise<string>;
  /** Standard error, if somebody watches it, so that progress bars make sense. */
  watched: NodeJS.WriteStream | null;
  /** Aborted when the person at the keyboard wants to stop. */
  interrupted: AbortSignal;
}

/** Exit codes of all commands; 130 is what shells expect after Ctrl-C. */
export const EXIT = { done: 0, failed: 1, wrongInput: 2, interrupted: 130 } as const;
