// The elements a person would mean, best first; the first visible one is returned.
const [kind, wanted] = arguments;
const words = (text) => (text ?? "").replace(/\s+/g, " ").trim();
const visible = (element) => element.checkVisibility({ visibilityProperty: true });
const named = (element) =>
  (element.getAttribute("aria-labelledby") ?? "")
    .split(" ")
    .filter(Boolean)
    .map((id) => document.getElementById(id)?.textContent);

// Exact names before longer ones that contain what is wanted.
const best = (elements, names) => {
  const scored = [];
  for (const element of elements) {
    if (!visible(element)) continue;
    const fits = names(element).map(words).filter((name) => name.includes(wanted));
    if (fits.length) scored.push([Math.min(...fits.map((name) => name.length)), element]);
  }
  scored.sort((one, other) => one[0] - other[0]);
  return scored[0]?.[1] ?? null;
};

switch (kind) {
  case "css":
    return [...document.querySelectorAll(wanted)].find(visible) ?? null;
  case "control": {
    const controls =
      "a[href], button, summary, label, input[type=submit], input[type=button], " +
      "[role=button], [role=link], [role=tab], [role=option], [role=menuitem], [role=switch], [role=checkbox]";
    return best(document.querySelectorAll(controls), (element) => [
      element.getAttribute("aria-label"),
      ...named(element),
      element.tagName === "INPUT" ? element.value : element.textContent,
    ]);
  }
  case "field":
    return best(document.querySelectorAll("input, textarea, select, [contenteditable=true]"), (element) => [
      ...[...(element.labels ?? [])].map((label) => label.textContent),
      element.getAttribute("aria-label"),
      ...named(element),
    ]);
  case "text": {
    const holds = (element) => words(element.textContent).includes(wanted);
    const innermost = (element) => holds(element) && ![...element.children].some(holds);
    return (
      [...document.body.querySelectorAll("*:not(script, style, template)")].find(
        (element) => innermost(element) && visible(element),
      ) ?? null
    );
  }
}
throw new Error(`no such way to look: ${kind}`);
