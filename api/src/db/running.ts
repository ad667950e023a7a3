import { sql } from 'kysely';

/** Of grants, duties and exclusions: not ended yet. Security time, as in the policies. */
export const isRunning = sql<boolean>`(ends_at is null or ends_at > statement_timestamp())`;
