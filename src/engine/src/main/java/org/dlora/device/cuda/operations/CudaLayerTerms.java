package org.dlora.device.cuda.operations;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.LoraTerm.Replacement;
import org.dlora.device.arguments.TermArguments;
import org.dlora.device.cuda.kernels.CudaLoraKernels;
import org.dlora.device.cuda.kernels.CudaLoraKernels.Units;
import org.dlora.device.cuda.kernels.TermStructure;
import org.dlora.device.cuda.memory.CudaActivations;
import org.dlora.device.cuda.memory.CudaMatrix;

/**
 * The terms of a linear layer in a step, as kernels take them. Shrinks are units of terms with
 * bfloat16 A, then of those with float32 A. Expands come in rounds: terms of a group that share
 * outputs are applied in their order, a round for each.
 *
 * <p>Numbers of terms, units and ranks are powers of two to the launches, so that steps with about
 * as many have the same ones.
 */
final class CudaLayerTerms {
    private static final int UNIT_BYTES = 12;
    private static final int[] NO_UNIT = new int[3];

    /** Units of one launch. */
    private static final class Launch {
        private final List<int[]> units = new ArrayList<>();
        private int largest;
        private long at;

        void add(int term, int rows, int size) {
            largest = Math.max(largest, RowPadding.powerOfTwo(size));
            for (int row = 0; row < rows; row += CudaLoraKernels.UNIT_ROWS) {
                units.add(new int[] {term, row, Math.min(CudaLoraKernels.UNIT_ROWS, rows - row)});
            }
        }

        /** Returns the units of the launch; those beyond its own have no rows. */
        int count() {
            return RowPadding.powerOfTwo(units.size());
        }

        void write(MemorySegment to) {
            for (int i = 0; i < count(); i++) {
                var unit = i < units.size() ? units.get(i) : NO_UNIT;
                MemorySegment.copy(unit, 0, to, JAVA_INT, at + (long) UNIT_BYTES * i, 3);
            }
        }
    }

    private final List<LoraGroup> groups;
    private final List<TermStructure> terms = new ArrayList<>();
    private final Launch bf16 = new Launch();
    private final Launch f32 = new Launch();
    private final List<Launch> rounds = new ArrayList<>();
    private int shrunkFloats;
    private long termsAt;
    private long base;

    /**
     * Describes groups, whose arguments are checked with the operation.
     *
     * @throws IllegalStateException if memory of a term was freed
     */
    CudaLayerTerms(List<LoraGroup> groups) {
        this.groups = groups;
        for (LoraGroup group : groups) {
            var termRounds = new int[group.terms().size()];
            for (int i = 0; i < termRounds.length; i++) {
                var term = group.terms().get(i);
                if (!(term instanceof Replacement)) {
                    termRounds[i] = round(group.terms(), i, termRounds);
                    add(term, group, termRounds[i]);
                }
            }
        }
    }

    /** Returns the round behind those of earlier terms with outputs in common. */
    private static int round(List<LoraTerm> terms, int index, int[] rounds) {
        int round = 0;
        for (int i = 0; i < index; i++) {
            if (TermArguments.overlap(terms.get(i), terms.get(index))) {
                round = Math.max(round, rounds[i] + 1);
            }
        }
        return round;
    }

    private void add(LoraTerm term, LoraGroup group, int round) {
        int number = terms.size();
        var structure = TermStructures.of(term, group.firstRow(), shrunkFloats);
        terms.add(structure);
        shrunkFloats =
                Math.addExact(shrunkFloats, Math.multiplyExact(group.rows(), structure.rank()));
        if (term instanceof LowRank) {
            (structure.isABf16() ? bf16 : f32).add(number, group.rows(), structure.rank());
        }
        while (rounds.size() <= round) {
            rounds.add(new Launch());
        }
        rounds.get(round).add(number, group.rows(), structure.n());
    }

    /** Places the description from byte {@code at} on, and returns where it ends. */
    long place(long at) {
        termsAt = Math.ceilDiv(at, 8L) * 8;
        long next = termsAt + (long) TermStructure.BYTES * RowPadding.powerOfTwo(terms.size());
        for (Launch launch : launches()) {
            launch.at = next;
            next += (long) UNIT_BYTES * launch.count();
        }
        return next;
    }

    private List<Launch> launches() {
        var all = new ArrayList<>(List.of(bf16, f32));
        all.addAll(rounds);
        return all;
    }

    void write(MemorySegment to) {
        for (int i = 0; i < terms.size(); i++) {
            terms.get(i).write(to, termsAt + (long) TermStructure.BYTES * i);
        }
        launches().forEach(launch -> launch.write(to));
    }

    /** Takes the address at which the descriptions of all layers lie on the GPU. */
    void placedAt(long address) {
        base = address;
    }

    private Units units(Launch launch) {
        return new Units(base + termsAt, base + launch.at, launch.count(), launch.largest);
    }

    Units bf16() {
        return units(bf16);
    }

    Units f32() {
        return units(f32);
    }

    /** Returns the units of all shrinks. */
    Units shrinks() {
        return new Units(
                base + termsAt,
                base + bf16.at,
                bf16.count() + f32.count(),
                Math.max(bf16.largest, f32.largest));
    }

    List<Units> rounds() {
        return rounds.stream().map(this::units).toList();
    }

    /** Returns the floats of A x of all terms. */
    int shrunkFloats() {
        return shrunkFloats;
    }

    boolean isEmpty() {
        return groups.isEmpty();
    }

    /** Returns the row before which no group has rows. */
    int firstRow() {
        return groups.stream().mapToInt(LoraGroup::firstRow).min().orElse(0);
    }

    /** Returns the row from which on no group has rows. */
    int endRow() {
        return groups.stream().mapToInt(group -> group.firstRow() + group.rows()).max().orElse(0);
    }

    /** A use of the one term of a group that has its own matrix. */
    interface ReplacementUse {
        void accept(LoraGroup group, CudaMatrix weight);
    }

    void forReplacements(ReplacementUse use) {
        for (LoraGroup group : groups) {
            for (LoraTerm term : group.terms()) {
                if (term instanceof Replacement t) {
                    use.accept(group, CudaMatrix.of(t.weight()));
                }
            }
        }
    }

    void check(CudaActivations x, CudaActivations y) {
        for (LoraGroup group : groups) {
            TermArguments.group(group, Math.min(x.rows(), y.rows()));
            group.terms().forEach(term -> TermArguments.term(term, x, y));
        }
    }

    void checkEmbedding(int[] tokens, CudaActivations out) {
        for (LoraGroup group : groups) {
            TermArguments.group(group, Math.min(tokens.length, out.rows()));
            group.terms().forEach(term -> TermArguments.embedding(term, group, tokens, out));
        }
    }
}
