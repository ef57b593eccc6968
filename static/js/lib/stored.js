// What this browser keeps under a name. A store that is full or forbidden keeps nothing, and nothing else breaks.

export const stored = {
  read(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
  write(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; } },
  forget(key) { try { localStorage.removeItem(key); } catch { /* nothing was stored */ } },
};
