package org.dlora.engine.merging;

import java.util.Optional;

/**
 * State of the weights into which adapters are merged.
 *
 * @param merged adapter whose merge is in effect
 * @param building adapter whose merge was begun and is not in effect yet
 * @param kept adapter whose copies are still whole, so that its merge needs no work
 * @param remaining multiply-adds until the merge that was begun is ready; 0 if none was begun
 * @param copyBytes bytes of all copies of matrices, in use or not
 * @param idleBytes of these, the bytes that neither steps nor a merge in progress need
 * @param limit bytes that all copies may take now
 */
public record WeightStatus(
        Optional<String> merged,
        Optional<String> building,
        Optional<String> kept,
        long remaining,
        long copyBytes,
        long idleBytes,
        long limit) {}
