// What the page asks of the server, and how it hears that something has changed.

let session = null;

export async function getSession() {
  session ??= await get("/api/session");
  return session;
}

function address(path, query) {
  const words = Object.entries(query ?? {}).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = words.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
  return text ? `${path}?${text}` : path;
}

async function answer(response) {
  const body = await response.json().catch(() => ({ error: `the server answered ${response.status}` }));
  if (!response.ok) throw new Error(body.error ?? `the server answered ${response.status}`);
  return body;
}

export async function get(path, query) {
  return answer(await fetch(address(path, query)));
}

/// Asks for a change. The token tells the server that one of its own pages asks.
export async function post(path, body) {
  const { csrf } = await getSession();
  return answer(await fetch(path, {
    method: "POST", headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf }, body: JSON.stringify(body),
  }));
}

export function studyPath(name) {
  return `/api/studies/${encodeURIComponent(name)}`;
}

/// A function that does some work at once, and then again at most every `pause` ms: never twice at a time, and work that takes long
/// the less often.
export function throttled(work, pause) {
  let isBusy = false, isDue = false;
  return async function run() {
    if (isBusy) { isDue = true; return; }
    isBusy = true;
    const start = performance.now();
    try { await work(); } finally {
      setTimeout(() => {
        isBusy = false;
        if (isDue) { isDue = false; run(); }
      }, Math.max(pause, Math.min(3 * (performance.now() - start), 5000)));
    }
  };
}

/// Runs `refresh` now, and whenever the server says that something has changed. A page that nobody sees gives its connection back:
/// browsers have few for a server.
export function live(path, refresh, pause = 500) {
  let source = null, isClosed = false, last = null;
  let isFirst = true;
  const run = throttled(async () => {
    if (isClosed) return;
    try { await refresh(); } catch (error) {
      // Whoever opens the view hears of it; later the next change tries again.
      if (isFirst) throw error;
      setLive("the server does not answer");
    } finally { isFirst = false; }
  }, pause);
  function open() {
    if (source || isClosed || document.hidden) return;
    source = new EventSource(path);
    source.addEventListener("change", (event) => {
      setLive("live");
      // The first word too: something may have happened since the page asked.
      if (event.data === last) return;
      last = event.data;
      run();
    });
    source.onerror = () => setLive("the server does not answer");
  }
  function shut() { source?.close(); source = null; }
  function seen() { if (document.hidden) shut(); else { open(); run(); } }
  document.addEventListener("visibilitychange", seen);
  open();
  const first = run();
  return { first, close() { isClosed = true; shut(); setLive(""); document.removeEventListener("visibilitychange", seen); } };
}

function setLive(text) {
  const element = document.getElementById("live");
  if (element.textContent !== text) element.textContent = text;
  element.className = text === "live" ? "on" : text ? "off" : "";
}
