package org.dlora.engine.weights;

import org.dlora.adapter.MergeTerms;

/** An adapter whose merge is in effect, and what that means for rows. */
record MergedAdapter(String adapter, MergeTerms terms) {}
