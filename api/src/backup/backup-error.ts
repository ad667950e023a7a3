/** A backup or a restore that a person can mend; the message says how. */
export class BackupError extends Error {
  override name = 'BackupError';
}
