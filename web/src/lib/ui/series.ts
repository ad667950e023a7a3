/** One colour of a stacked chart. */
export interface Series {
  label: string;
  values: number[];
  /** The custom property that holds its colour. */
  colour: string;
}
