package org.dlora.engine.weights;

import org.dlora.adapter.weights.MergeTerms;

/**
 * The adapter that is merged into the weights in effect, with the terms that rows need beside such
 * weights.
 */
record MergeInEffect(String adapter, MergeTerms terms) {}
