package org.dlora.model.weights;

/**
 * An adapter in copies of the matrices that it changes.
 *
 * @param version of these copies; see {@link StepWeights#version}
 */
record MergedContent(String adapter, long version) {}
