// Notes that the server wrote into templates: copied, filled with text, put in their place and told.
export const noteFrom = (id, facts = {}) => {
  const note = document.getElementById(id).content.firstElementChild.cloneNode(true);
  for (const place of note.querySelectorAll("[data-fact]")) {
    const value = facts[place.dataset.fact];
    if (place.tagName === "A") place.href = value; else place.replaceChildren(value ?? "");
  }
  return note;
};

// Shows one problem at a time; it takes the focus, so that it is read and the next key press starts there.
export const showProblem = (place, id, facts) => {
  const note = noteFrom(id, facts);
  place.replaceChildren(note);
  note.focus();
  note.scrollIntoView({ block: "nearest" });
  return note;
};
