// The texts of this page in the reader's language, out of its JSON block: no sentence is built here.
const block = document.getElementById("words");

export const words = block ? JSON.parse(block.textContent) : {};

// Puts facts into the places of a text: {name}.
export const fill = (text, facts) => (text || "").replace(/\{([a-z_]+)\}/g, (place, name) => String(facts[name] ?? place));

// One sentence for those who listen; the page has one quiet region for all of them.
export const say = (text) => {
  const region = document.getElementById("announce");
  region.textContent = "";
  if (text) setTimeout(() => { region.textContent = text; }, 50); // an equal text is spoken again only after a change
};
