package org.dlora.device.cpu;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector shape of all kernels: the hardware's preferred one, but at least 4 and at most 16
 * float lanes.
 */
final class Species {
    static final VectorSpecies<Float> FLOATS =
            FloatVector.SPECIES_PREFERRED.length() > 16
                    ? FloatVector.SPECIES_512
                    : FloatVector.SPECIES_PREFERRED.length() < 4
                            ? FloatVector.SPECIES_128
                            : FloatVector.SPECIES_PREFERRED;
    static final int LANES = FLOATS.length();
    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());

    static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private Species() {}
}
