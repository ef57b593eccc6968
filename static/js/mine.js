// The page of somebody's shifts: the address of a calendar is copied by a tap.

import { watchCopying } from "./lib/mitigations.js";

watchCopying();
