// What this browser keeps under a name. A store that is full or forbidden keeps nothing, and nothing else breaks.

export const stored = {
  read(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
  write(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; } },
  names(prefix) { try { return Object.keys(localStorage).filter((each) => each.startsWith(prefix)); } catch { return []; } },
  forget(key) { try { localStorage.removeItem(key); } catch { /* nothing was stored */ } },
};
