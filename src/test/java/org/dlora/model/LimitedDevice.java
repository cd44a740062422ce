package org.dlora.model;

import org.dlora.device.ForwardingDevice;
import org.dlora.device.WeightMatrix;

/** The CPU with room for a limited number of matrix copies. */
final class LimitedDevice extends ForwardingDevice {
    int room = Integer.MAX_VALUE;

    @Override
    public WeightMatrix emptyLike(WeightMatrix matrix) {
        if (room == 0) {
            throw new OutOfMemoryError("full");
        }
        room--;
        return super.emptyLike(matrix);
    }
}
