export interface TableRow {
  /** As Excel shows it at the left: the first row is 1. */
  rowNumber: number;
  cells: string[];
}

export interface Table {
  rows: TableRow[];
  /** The sheet that was read; null for a CSV file. */
  sheet: string | null;
  /** Other sheets with content, none of which has a roster's header. */
  ignoredSheets: string[];
}
