package org.dlora.device.cpu.kernels;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector shape of all kernels: the hardware's preferred one, but at least 4 and at most 16
 * float lanes.
 */
public final class Species {
    public static final VectorSpecies<Float> FLOATS =
            FloatVector.SPECIES_PREFERRED.length() > 16
                    ? FloatVector.SPECIES_512
                    : FloatVector.SPECIES_PREFERRED.length() < 4
                            ? FloatVector.SPECIES_128
                            : FloatVector.SPECIES_PREFERRED;
    public static final int LANES = FLOATS.length();
    public static final VectorSpecies<Integer> INTS =
            VectorSpecies.of(int.class, FLOATS.vectorShape());

    public static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private Species() {}
}
