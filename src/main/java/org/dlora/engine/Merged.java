package org.dlora.engine;

import org.dlora.adapter.MergeTerms;

/** An adapter whose merge is in effect, and what that means for rows. */
record Merged(String adapter, MergeTerms terms) {}
