"use strict";
// The secret of the link stands behind the "#": it is in no request and in no log until it is posted.
const link = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
const by = (id) => document.getElementById(id);
const say = (text) => { by("say").textContent = text; };
let bearer = null;
async function call(path, body) {
  const headers = { accept: "application/json" };
  if (body) headers["content-type"] = "application/json";
  if (bearer) headers.authorization = "Bearer " + bearer;
  const answer = await fetch(path, { method: "POST", headers, body: body && JSON.stringify(body) });
  const said = answer.status === 204 ? {} : await answer.json();
  if (answer.ok) return said;
  const faults = (said.errors || []).map((fault) => fault.detail).join(", ");
  throw new Error(said.title + (faults ? ": it " + faults : "") + ".");
}
function on(id, work) {
  by(id).addEventListener("submit", (event) => {
    event.preventDefault();
    work(event.target.elements.value.value).catch((error) => say(error.message));
  });
}
