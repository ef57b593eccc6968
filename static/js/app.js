// Every page: local times, bars, keys, acts.

import { watchActs } from "./lib/acts.js";
import { runAlarms } from "./lib/alarms.js";
import { runBars } from "./lib/bars.js";
import { runBell } from "./lib/bell.js";
import { keepForms } from "./lib/kept.js";
import { listenForKeys } from "./lib/keyboard.js";
import { watchNotices } from "./lib/notices.js";
import { sendOnce } from "./lib/once.js";
import { keepCurrent, localise } from "./lib/times.js";

localise(document.body);
keepCurrent();
runBars();
listenForKeys();
watchActs();
watchNotices();
runBell();
runAlarms();
keepForms();
sendOnce();
document.body.addEventListener("htmx:load", (event) => localise(event.detail.elt));
