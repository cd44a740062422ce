package org.dlora.device;

/**
 * A period in which the memory that the steps of a model use stays where it is.
 *
 * <p>Steps of equal epochs that have equally many rows and logit rows call the same operations in
 * the same order, with the same weights, buffers, caches and numbers. What differs is the content
 * of their {@link RaggedBatch} and {@link LoraBatch}. So a device may record the operations of a
 * step, as a CUDA graph for example, and replay the record in later steps of the epoch. A change of
 * weights begins an epoch: from the step on in which an adapter's merge takes effect, the matrices
 * in use lie at other addresses. Weights that return, such as those of the base, have the epoch
 * that they had.
 *
 * @param owner the model whose buffers and cache the steps use; compared by {@code equals}
 * @param weights version of the weights that the model's steps read
 */
public record StepEpoch(Object owner, long weights) {}
