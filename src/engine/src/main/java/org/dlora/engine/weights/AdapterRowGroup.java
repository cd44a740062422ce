package org.dlora.engine.weights;

import org.jspecify.annotations.Nullable;

/**
 * Rows of a step that follow one another and are of one adapter, or of the base.
 *
 * @param adapter id of the adapter, null = the base model
 */
record AdapterRowGroup(@Nullable String adapter, AdapterTerms terms, int firstRow, int rows) {}
