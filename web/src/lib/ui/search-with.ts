/** The query string with one entry changed, or taken out by null; a change of filter starts at the first page. */
export function searchWith(search: string, name: string, value: string | null): string {
  const next = new URLSearchParams(search);
  if (name !== 'cursor') next.delete('cursor');
  if (value === null) next.delete(name);
  else next.set(name, value);
  return `?${next}`;
}
