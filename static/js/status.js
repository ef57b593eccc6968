// The status page: the countdowns of the next updates. What changed is fetched by htmx.

import { runCountdowns } from "./lib/countdown.js";

runCountdowns();
