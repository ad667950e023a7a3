/** Zero-width characters, soft hyphens and byte order marks: never meant, often pasted along. */
const invisible = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/g;

const visible = /[^\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/;

/** Whether there is nothing to see in a cell. */
export function isBlank(text: string): boolean {
  return !visible.test(text);
}

/** The text without invisible characters, with every kind of space as it is, trimmed. */
export function trimText(text: string): string {
  return text.replace(invisible, '').trim();
}

/** Full-width letters, digits and brackets as ordinary ones, and no space at all. */
export function foldText(text: string): string {
  return trimText(text).normalize('NFKC').replace(/\s+/gu, '');
}

/** How an empty cell is written by people who do not like empty cells. */
export function isPlaceholder(text: string): boolean {
  return /^(?:|[-—–/\\]+|无|暂无|待定|待补|未填|空)$/.test(foldText(text));
}
