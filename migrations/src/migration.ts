/** One step of the schema. `up` and `down` are plain SQL, run in one transaction as the owner. */
export interface Migration {
  /** Ordered by this name: `0001-security`. */
  readonly name: string;
  readonly up: string;
  readonly down: string;
}
