package org.dlora.model;

import java.lang.foreign.Arena;
import java.util.Optional;
import org.dlora.device.ForwardingDevice;
import org.dlora.device.WeightMatrix;

/** The CPU with room for a limited number of matrix copies; it parks matrices beside itself. */
public final class LimitedDevice extends ForwardingDevice {
    public int room = Integer.MAX_VALUE;

    @Override
    public Optional<WeightMatrix> park(WeightMatrix matrix) {
        try (var arena = Arena.ofConfined()) {
            var copy = arena.allocate(copyBytes(matrix), 64);
            copyOut(matrix, copy);
            return Optional.of(copyIn(copy));
        }
    }

    @Override
    public WeightMatrix emptyLike(WeightMatrix matrix) {
        if (room == 0) {
            throw new OutOfMemoryError("full");
        }
        room--;
        return super.emptyLike(matrix);
    }
}
