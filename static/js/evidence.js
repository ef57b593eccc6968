// The page of evidence.

import { followEvidence } from "./lib/evidence.js";

followEvidence();
