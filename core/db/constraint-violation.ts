/** The classes of errors that PostgreSQL has for them: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const UNIQUE = '23505';
const FOREIGN_KEY = '23503';

interface PostgresError {
  code?: string;
  constraint?: string;
}

/** Whether a row was refused because there is one with that key already. */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  return violates(error, UNIQUE, constraint);
}

/** Whether a row was refused because what it belongs to is gone, such as a person who was erased meanwhile. */
export function isForeignKeyViolation(error: unknown, constraint?: string): boolean {
  return violates(error, FOREIGN_KEY, constraint);
}

function violates(error: unknown, code: string, constraint: string | undefined): boolean {
  const found = error as PostgresError;
  return found.code === code && (constraint === undefined || found.constraint === constraint);
}
