// Text of strangers on a terminal: a runtime's metadata has what its author likes, also what moves the cursor.

/** Text as one line of printable ASCII; what is inside of JSON strings stays JSON. */
export const printable = (text) => `${text}`.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** At most `most` characters of a text. */
export const cut = (text, most) => (text.length > most ? `${text.slice(0, most)}...` : text);

/** A name as one word: blanks in it could fill a line, so that the rest looks like another one. */
export const word = (name) => cut(printable(cut(`${name}`, 80)).replaceAll(' ', '\\u0020'), 80);
