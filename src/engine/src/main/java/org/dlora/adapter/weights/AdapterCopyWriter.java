package org.dlora.adapter.weights;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.util.Comparator.comparingInt;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.dlora.device.Device;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.Affine;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.LoraTerm.Replacement;
import org.dlora.device.LoraTerm.Shift;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;
import org.dlora.model.LayerSite;

/**
 * Writer of an adapter's weights as one piece of bytes. The parts are {@link AdapterCopy#FORMAT},
 * the size of the index, the index, the matrices as {@link Device#copyOut} writes them, and the
 * vectors. The index holds the terms, which name matrices and vectors by number, because terms of
 * serving and of merging share them.
 */
final class AdapterCopyWriter {
    private final AdapterWeights weights;
    private final Device device;
    private final Numbered<WeightMatrix> matrices = new Numbered<>();
    private final Numbered<WeightVector> vectors = new Numbered<>();
    private final byte[] index;

    /** Matrices or vectors, numbered in the order of their first mention. */
    private static final class Numbered<T> {
        private final List<T> all = new ArrayList<>();
        private final IdentityHashMap<T, Integer> numbers = new IdentityHashMap<>();

        int of(T thing) {
            return numbers.computeIfAbsent(
                    thing,
                    _ -> {
                        all.add(thing);
                        return all.size() - 1;
                    });
        }
    }

    AdapterCopyWriter(AdapterWeights weights, Device device) {
        this.weights = weights;
        this.device = device;
        try {
            index = index();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // None is written to.
        }
    }

    /** Taker of a copy's parts, one after another. */
    @FunctionalInterface
    interface Sink {
        /** Takes a part, which is overwritten afterwards. */
        void put(MemorySegment part) throws IOException;
    }

    /** Returns the bytes of the whole copy. */
    long bytes() {
        long bytes = AdapterCopy.PREFIX + index.length;
        for (var matrix : matrices.all) {
            bytes += device.copyBytes(matrix);
        }
        for (var vector : vectors.all) {
            bytes += size(vector);
        }
        return bytes;
    }

    /** Returns the index alone. */
    AdapterIndex readIndex() throws IOException {
        return AdapterIndex.read(index);
    }

    /** Returns bytes that each part fits into. */
    long largestPart() {
        long largest = AdapterCopy.PREFIX + index.length;
        for (var matrix : matrices.all) {
            largest = Math.max(largest, device.copyBytes(matrix));
        }
        for (var vector : vectors.all) {
            largest = Math.max(largest, size(vector));
        }
        return largest;
    }

    void write(MemorySegment to) {
        if (to.byteSize() != bytes()) {
            throw new IllegalArgumentException(
                    "%d bytes for a copy of adapter %s: expected %d"
                            .formatted(to.byteSize(), weights.name(), bytes()));
        }
        long at = copyHead(to);
        for (int i = 0; i < matrices.all.size(); i++) {
            at += copyMatrix(i, to.asSlice(at)).byteSize();
        }
        for (int i = 0; i < vectors.all.size(); i++) {
            at += copyVector(i, to.asSlice(at)).byteSize();
        }
    }

    /** Hands the copy to {@code sink} in parts, with memory for the largest of them only. */
    void write(Sink sink) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var stage = arena.allocate(largestPart());
            sink.put(stage.asSlice(0, copyHead(stage)));
            for (int i = 0; i < matrices.all.size(); i++) {
                sink.put(copyMatrix(i, stage));
            }
            for (int i = 0; i < vectors.all.size(); i++) {
                sink.put(copyVector(i, stage));
            }
        }
    }

    private long copyHead(MemorySegment to) {
        to.set(JAVA_INT_UNALIGNED, 0, AdapterCopy.FORMAT);
        to.set(JAVA_INT_UNALIGNED, Integer.BYTES, index.length);
        MemorySegment.copy(index, 0, to, JAVA_BYTE, AdapterCopy.PREFIX, index.length);
        return AdapterCopy.PREFIX + index.length;
    }

    /** Returns the matrix of a number. */
    WeightMatrix matrix(int number) {
        return matrices.all.get(number);
    }

    /** Copies a matrix to the beginning of {@code to}; returns the copy. */
    MemorySegment copyMatrix(int number, MemorySegment to) {
        var matrix = matrices.all.get(number);
        var copy = to.asSlice(0, device.copyBytes(matrix));
        device.copyOut(matrix, copy);
        return copy;
    }

    /** Copies a vector to the beginning of {@code to}; returns the copy. */
    MemorySegment copyVector(int number, MemorySegment to) {
        var vector = vectors.all.get(number);
        var values = new float[vector.size()];
        device.read(vector, values);
        MemorySegment.copy(values, 0, to, JAVA_FLOAT_UNALIGNED, 0, values.length);
        return to.asSlice(0, size(vector));
    }

    private static long size(WeightVector vector) {
        return (long) vector.size() * Float.BYTES;
    }

    private byte[] index() throws IOException {
        var terms = new ByteArrayOutputStream();
        writeTerms(new DataOutputStream(terms));
        var all = new ByteArrayOutputStream();
        var out = new DataOutputStream(all);
        out.writeUTF(weights.name());
        out.writeUTF(weights.version());
        out.writeLong(weights.bytes());
        out.writeInt(matrices.all.size());
        for (var matrix : matrices.all) {
            out.writeLong(device.copyBytes(matrix));
        }
        out.writeInt(vectors.all.size());
        for (var vector : vectors.all) {
            out.writeInt(vector.size());
        }
        terms.writeTo(out);
        return all.toByteArray();
    }

    private void writeTerms(DataOutputStream out) throws IOException {
        out.writeInt(weights.terms().size());
        for (var at : sorted(weights.terms().keySet())) {
            write(at, out);
            write(weights.terms(at), out);
        }
        var merge = weights.merge();
        write(merge.obstacle(), out);
        write(merge.mixingObstacle(), out);
        out.writeInt(merge.layers().size());
        for (var at : sorted(merge.layers().keySet())) {
            write(at, out);
            write(merge.at(at), out);
            write(merge.own(at), out);
            write(merge.undo(at), out);
        }
    }

    /** Returns {@code sites} in a fixed order, so that the copy of a copy has the same bytes. */
    private static List<LayerSite> sorted(Set<LayerSite> sites) {
        return sites.stream().sorted(comparingInt(LayerSite::index)).toList();
    }

    private static void write(LayerSite at, DataOutputStream out) throws IOException {
        out.writeInt(at.layer());
        out.writeUTF(at.site().name());
    }

    private static void write(Optional<String> text, DataOutputStream out) throws IOException {
        out.writeBoolean(text.isPresent());
        if (text.isPresent()) {
            out.writeUTF(text.get());
        }
    }

    private void write(List<? extends LoraTerm> terms, DataOutputStream out) throws IOException {
        out.writeInt(terms.size());
        for (var term : terms) {
            write(term, out);
        }
    }

    private void write(LoraTerm term, DataOutputStream out) throws IOException {
        switch (term) {
            case LowRank t -> {
                out.writeByte(AdapterCopy.LOW_RANK);
                out.writeInt(matrices.of(t.a()));
                out.writeInt(matrices.of(t.b()));
                out.writeInt(t.firstOutput());
                out.writeFloat(t.scale());
                writeVector(t.gain(), out);
                writeVector(t.shift(), out);
            }
            case Shift t -> {
                out.writeByte(AdapterCopy.SHIFT);
                out.writeInt(vectors.of(t.vector()));
                out.writeInt(t.firstOutput());
            }
            case Affine t -> {
                out.writeByte(AdapterCopy.AFFINE);
                out.writeInt(vectors.of(t.gain()));
                writeVector(t.shift(), out);
                out.writeInt(t.firstOutput());
            }
            case Replacement t -> {
                out.writeByte(AdapterCopy.REPLACEMENT);
                out.writeInt(matrices.of(t.weight()));
            }
        }
    }

    private void writeVector(Optional<WeightVector> vector, DataOutputStream out)
            throws IOException {
        out.writeInt(vector.isPresent() ? vectors.of(vector.get()) : AdapterCopy.NO_VECTOR);
    }
}
