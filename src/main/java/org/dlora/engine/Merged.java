package org.dlora.engine;

import org.dlora.adapter.MergeTerms;

/** An adapter that is in the weights. */
record Merged(String adapter, MergeTerms terms) {}
