package org.dlora.engine.meters;

import org.dlora.scheduling.Mode;
import org.dlora.scheduling.cost.CostError;
import org.jspecify.annotations.Nullable;

/**
 * The values of an engine that gauges publish: prediction errors, the mode, and the memory of
 * merged weights. The engine's status implements it, so meters do not depend on the engine.
 * Thread-safe.
 */
public interface EngineFigures {
    /** Returns the errors of the last predictions, null before the calibration. */
    @Nullable CostError costError();

    /** Returns the mode of the weights. */
    Mode mode();

    /** Returns the bytes of copies of weights, in use for merging or kept. */
    long copyBytes();
}
