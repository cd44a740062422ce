package org.dlora.device.cuda.operations;

import java.util.Optional;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.Affine;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.LoraTerm.Replacement;
import org.dlora.device.LoraTerm.Shift;
import org.dlora.device.WeightVector;
import org.dlora.device.arguments.TermArguments;
import org.dlora.device.cuda.kernels.TermStructure;
import org.dlora.device.cuda.memory.CudaMatrix;
import org.dlora.device.cuda.memory.CudaVector;

/** Translation of terms to the structures that kernels take. */
final class TermStructures {
    private TermStructures() {}

    /**
     * Returns the structure of a term of rows.
     *
     * @param shrunk where A x of the first row begins, in floats
     * @throws IllegalStateException if memory of the term was freed
     */
    static TermStructure of(LoraTerm term, int firstRow, int shrunk) {
        return switch (term) {
            case LowRank t -> lowRank(t, firstRow, shrunk);
            case Shift t -> vectors(0, CudaVector.of(t.vector()).address(), term, firstRow, shrunk);
            case Affine t ->
                    vectors(
                            CudaVector.of(t.gain()).address(),
                            address(t.shift()),
                            term,
                            firstRow,
                            shrunk);
            case Replacement _ ->
                    throw new IllegalArgumentException("a replacement is a product of its own");
        };
    }

    private static TermStructure lowRank(LowRank term, int firstRow, int shrunk) {
        var a = CudaMatrix.of(term.a());
        var b = CudaMatrix.of(term.b());
        return new TermStructure(
                a.address(),
                b.address(),
                address(term.gain()),
                address(term.shift()),
                a.stride(),
                b.stride(),
                a.isBf16(),
                b.isBf16(),
                a.rows(),
                b.rows(),
                term.firstOutput(),
                term.scale(),
                firstRow,
                shrunk);
    }

    private static TermStructure vectors(
            long gain, long shift, LoraTerm term, int firstRow, int shrunk) {
        return new TermStructure(
                0,
                0,
                gain,
                shift,
                0,
                0,
                false,
                false,
                0,
                TermArguments.outputs(term),
                TermArguments.firstOutput(term),
                0,
                firstRow,
                shrunk);
    }

    private static long address(Optional<WeightVector> vector) {
        return vector.map(v -> CudaVector.of(v).address()).orElse(0L);
    }
}
