package org.dlora.engine.weights;

import org.dlora.adapter.MergeTerms;

/**
 * The adapter that is merged into the weights in effect, with the terms that rows need beside such
 * weights.
 */
record MergedAdapter(String adapter, MergeTerms terms) {}
