// What all behaviours share: how a page is asked for, and what this browser keeps.

const parse = (text) => new DOMParser().parseFromString(text, 'text/html');
/** Words of a page in its language; `{}` are blanks. */
const t = (words, ...blanks) =>
  blanks.reduce((text, blank) => text.replace('{}', () => blank), globalThis.freeholdWords?.[words] ?? words);
const ask = (url, options = {}) =>
  fetch(url, { credentials: 'same-origin', headers: { Accept: 'text/html' }, ...options });

// Where it keeps nothing, there is nothing to recall.

const recall = (name, place = 'localStorage') => {
  try {
    return globalThis[place].getItem(name);
  } catch {
    return null;
  }
};
/** Says whether it is kept; nothing to keep forgets what was. */
const remember = (name, text, place = 'localStorage') => {
  try {
    if (text) globalThis[place].setItem(name, text);
    else globalThis[place].removeItem(name);
    return true;
  } catch {
    return false;
  }
};
const namesFrom = (start) => {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(start));
  } catch {
    return [];
  }
};
/** What was kept as JSON; what somebody else wrote there is nothing. */
const recallValue = (name, place) => {
  try {
    return JSON.parse(recall(name, place));
  } catch {
    return null;
  }
};
